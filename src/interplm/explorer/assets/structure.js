// The ribbon of a protein, coloured by activation; drag to turn, wheel to zoom, hover for residues.
(() => {
  const VERTEX = `attribute vec3 place, normal, colour; uniform mat3 turn; uniform vec3 centre;
    uniform vec2 zoom; uniform float radius; varying vec3 n, c; varying float depth;
    void main() { vec3 p = turn * (place - centre) / radius; n = turn * normal; c = colour; depth = p.z;
      gl_Position = vec4(p.xy * zoom, -p.z * 0.4, 1.0); }`;
  const FRAGMENT = `precision mediump float; varying vec3 n, c; varying float depth; uniform vec3 page;
    void main() { vec3 u = normalize(n); if (!gl_FrontFacing) u = -u;
      float light = 0.5 + 0.45 * max(dot(u, normalize(vec3(0.35, 0.55, 1.0))), 0.0) + 0.1 * u.y;
      vec3 lit = c * light + vec3(0.12) * pow(max(u.z, 0.0), 24.0);
      gl_FragColor = vec4(mix(lit, page, clamp(0.28 - 0.38 * depth, 0.0, 0.6)), 1.0); }`;

  const rgb = (text) => {
    const hex = text.trim();
    return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16) / 255);
  };

  const ALONE = 'This browser has no WebGL 2, which the structure needs: turn on hardware acceleration, or use another browser.';

  customElements.define('ip-structure', class extends ipElement {
    static observedAttributes = ['data-chain'];

    build() {
      this.canvas = this.picture('protein structure coloured by activation; drag or use the arrow keys to turn');
      this.canvas.tabIndex = 0;
      this.append(this.canvas);
      this.gl = this.canvas.getContext('webgl2', { antialias: true, preserveDrawingBuffer: true });
      this.buffers = {};
      if (!this.gl) {
        const said = document.createElement('p');
        said.className = 'ip-message ip-error';
        said.textContent = ALONE;
        return this.replaceChildren(said);
      }
      this.program = this.linked();
      return this.listen();
    }

    // A residue of the protein, 0-based, stands out; null for none.
    mark(residue) {
      const marked = residue === null || !this.chain ? -1 : this.chain.numbers.indexOf(residue + 1);
      if (marked === this.marked || !this.gl) return;
      this.marked = marked;
      this.draw();
    }

    disconnectedCallback() {
      super.disconnectedCallback();
      // A browser keeps few of these.
      this.gl?.getExtension('WEBGL_lose_context')?.loseContext();
      this.gl = null;
    }

    read() {
      if (!this.gl) return;
      this.chain = this.json('chain');
      this.turn = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      this.zoom = 1.25;
      this.frame();
      this.load();
      // Straight from the front a structure looks flat.
      this.rotate(30, 40);
    }

    frame() {
      const { ca } = this.chain;
      this.centre = [0, 1, 2].map((k) => ca.reduce((sum, atom) => sum + atom[k], 0) / ca.length);
      this.radius = Math.max(8, ...ca.map((atom) => Math.hypot(...atom.map((v, k) => v - this.centre[k])))) * 1.05;
    }

    linked() {
      const { gl } = this;
      const program = gl.createProgram();
      for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, source);
        gl.compileShader(shader);
        gl.attachShader(program, shader);
      }
      gl.linkProgram(program);
      gl.useProgram(program);
      gl.enable(gl.DEPTH_TEST);
      this.triangles = gl.createBuffer();
      return program;
    }

    load() {
      const { gl } = this;
      this.mesh = ipMesh(this.chain);
      this.buffer('place', this.mesh.positions);
      this.buffer('normal', this.mesh.normals);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.triangles);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, this.mesh.triangles, gl.STATIC_DRAW);
    }

    buffer(name, values) {
      const { gl } = this;
      this.buffers[name] ??= gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
      const where = gl.getAttribLocation(this.program, name);
      gl.enableVertexAttribArray(where);
      gl.vertexAttribPointer(where, 3, gl.FLOAT, false, 0, 0);
    }

    // As it is turned, four times as wide and as high as on the screen.
    async png() {
      if (!this.gl) throw new Error(ALONE);
      this.draw(4);
      const file = await new Promise((done) => this.canvas.toBlob(done));
      this.draw();
      return file;
    }

    draw(ratio = devicePixelRatio || 1) {
      const { gl } = this;
      const box = this.canvas.getBoundingClientRect();
      if (!gl || !this.mesh || !box.width) return;
      [this.canvas.width, this.canvas.height] = [box.width * ratio, box.height * ratio];
      gl.viewport(0, 0, this.canvas.width, this.canvas.height);
      const style = getComputedStyle(this);
      const page = rgb(style.getPropertyValue('--ip-page'));
      const marked = rgb(style.getPropertyValue('--ip-text'));
      const silent = rgb(style.getPropertyValue('--ip-quiet')).map((v, k) => 0.45 * v + 0.55 * page[k]);
      const palette = [silent, ...Array.from({ length: 20 }, (_, level) => rgb(style.getPropertyValue(`--ip-a${level + 1}`)))];
      this.buffer('colour', new Float32Array(this.mesh.owners.flatMap((owner) => (owner === this.marked ? marked : palette[this.chain.levels[owner]]))));
      const set = (name, kind, ...values) => gl[`uniform${kind}`](gl.getUniformLocation(this.program, name), ...values);
      const side = Math.min(box.width, box.height);
      this.factors = [(this.zoom * side) / box.width, (this.zoom * side) / box.height];
      gl.uniformMatrix3fv(gl.getUniformLocation(this.program, 'turn'), false, this.turn);
      set('centre', '3fv', this.centre);
      set('zoom', '2fv', this.factors);
      set('radius', '1f', this.radius);
      set('page', '3fv', page);
      gl.clearColor(...page, 1);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      gl.drawElements(gl.TRIANGLES, this.mesh.triangles.length, gl.UNSIGNED_INT, 0);
    }

    // Columns of the matrix follow one another, as WebGL wants them.
    turned(v) {
      const m = this.turn;
      return [0, 1, 2].map((k) => m[k] * v[0] + m[3 + k] * v[1] + m[6 + k] * v[2]);
    }

    rotate(dx, dy) {
      const [a, b] = [dx / 120, dy / 120];
      const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
      const by = ([x, y, z]) => {
        const [x1, z1] = [ca * x + sa * z, -sa * x + ca * z];
        return [x1, cb * y - sb * z1, sb * y + cb * z1];
      };
      this.turn = [0, 3, 6].flatMap((start) => by(this.turn.slice(start, start + 3)));
      this.draw();
    }

    nearest(event) {
      const box = this.canvas.getBoundingClientRect();
      let [best, found] = [Infinity, -1];
      this.chain.ca.forEach((atom, index) => {
        const [x, y, z] = this.turned(atom.map((v, k) => (v - this.centre[k]) / this.radius));
        const dx = (x * this.factors[0] * 0.5 + 0.5) * box.width + box.left - event.clientX;
        const dy = (0.5 - y * this.factors[1] * 0.5) * box.height + box.top - event.clientY;
        const far = dx * dx + dy * dy;
        // Of those under the pointer the front one is meant.
        if (far < 144 && far - 200 * z < best) [best, found] = [far - 200 * z, index];
      });
      return found;
    }

    listen() {
      let held = null;
      this.canvas.addEventListener('pointerdown', (event) => { held = event; this.canvas.setPointerCapture(event.pointerId); });
      this.canvas.addEventListener('pointerup', () => { held = null; });
      this.canvas.addEventListener('pointermove', (event) => {
        if (held) {
          this.rotate(event.clientX - held.clientX, event.clientY - held.clientY);
          held = event;
          return ipTip.hide();
        }
        const index = this.nearest(event);
        this.mark(index < 0 || this.chain.numbers[index] === null ? null : this.chain.numbers[index] - 1);
        if (index < 0) return ipTip.hide();
        const number = this.chain.numbers[index];
        const level = this.chain.levels[index];
        return ipTip.show([
          `${this.chain.letters[index]}${number ?? ' (not in the sequence)'}`,
          level ? `activation about ${(level / 20).toFixed(2)} of the maximum` : 'silent',
        ], event);
      });
      this.canvas.addEventListener('pointerleave', () => { ipTip.hide(); this.mark(null); });
      // The wheel is the page's, unless the structure is in use.
      this.canvas.addEventListener('wheel', (event) => {
        if (document.activeElement !== this.canvas && !event.ctrlKey) return;
        event.preventDefault();
        this.zoom = Math.min(8, Math.max(0.5, this.zoom * Math.exp(-event.deltaY / 400)));
        this.draw();
      }, { passive: false });
      this.canvas.addEventListener('keydown', (event) => {
        const steps = { ArrowLeft: [-12, 0], ArrowRight: [12, 0], ArrowUp: [0, -12], ArrowDown: [0, 12] }[event.key];
        const factor = { '+': 1.2, '=': 1.2, '-': 1 / 1.2 }[event.key];
        if (factor) {
          this.zoom = Math.min(8, Math.max(0.5, this.zoom * factor));
          return this.draw();
        }
        if (!steps) return undefined;
        event.preventDefault();
        return this.rotate(...steps);
      });
    }
  });
})();
