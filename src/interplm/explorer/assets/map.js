// All features as points on one canvas; wheel zooms, dragging moves, a click opens the feature.
customElements.define('ip-map', class extends ipElement {
  static observedAttributes = ['data-run', 'data-colours'];

  build() {
    this.by = 'family';
    this.view = { zoom: 1, x: 0, y: 0 };
    this.canvas = this.picture('map of the features');
    this.key = document.createElement('div');
    this.key.className = 'ip-key';
    this.choice = document.createElement('div');
    this.choice.className = 'ip-choice';
    this.choice.setAttribute('role', 'group');
    this.choice.setAttribute('aria-label', 'Colour by');
    this.append(this.choice, this.canvas, this.key);
    for (const [by, text] of [['family', 'concept family'], ['density', 'density']]) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = text;
      button.dataset.by = by;
      button.addEventListener('click', () => { this.by = by; this.legend(); this.draw(); });
      this.choice.append(button);
    }
    this.listen();
  }

  read() {
    const run = this.dataset.run;
    this.colours = this.json('colours');
    ip.call('feature_map', []).then((points) => {
      // A map that was asked for in the meantime is the one wanted.
      if (run !== this.dataset.run) return;
      this.points = points;
      this.scaleDensity();
      this.legend();
      this.draw();
    }).catch((error) => {
      const said = document.createElement('p');
      said.className = 'ip-message ip-error';
      said.textContent = `The map could not be loaded (${error.message}): load the page again.`;
      this.replaceChildren(said);
    });
  }

  legend() {
    this.choice.querySelectorAll('button').forEach((one) => one.setAttribute('aria-pressed', one.dataset.by === this.by));
    const mark = (colour, text) => {
      const [entry, dot] = [document.createElement('span'), document.createElement('i')];
      dot.style.background = colour;
      entry.append(dot, text);
      return entry;
    };
    if (this.by === 'family') {
      const named = Object.entries(this.json('legend'));
      this.key.replaceChildren(...named.map(([family, colour]) => mark(colour, family)));
      this.key.className = 'ip-key';
      return;
    }
    const steps = document.createElement('span');
    steps.className = 'ip-steps';
    for (let level = 1; level <= 20; level += 1) {
      const step = document.createElement('i');
      step.className = `a${level}`;
      steps.append(step);
    }
    const percent = (log) => `${(100 * 10 ** log).toPrecision(1)} %`;
    this.key.className = 'ip-key ip-legend';
    this.key.replaceChildren(percent(this.low), steps, `${percent(this.high)} of the residues`);
  }

  scaleDensity() {
    const logs = this.points.density.filter((value) => value > 0).map(Math.log10);
    this.low = logs.reduce((a, b) => Math.min(a, b), 0);
    this.high = logs.reduce((a, b) => Math.max(a, b), this.low);
  }

  place(index) {
    const { width, height } = this.canvas.getBoundingClientRect();
    const side = Math.min(width, height) - 24;
    const at = (value, whole, shift) => whole / 2 + ((value / 4095 - 0.5) * side) * this.view.zoom + shift;
    return [at(this.points.x[index], width, this.view.x), at(4095 - this.points.y[index], height, this.view.y)];
  }

  colour(index, style) {
    if (this.by === 'density') {
      const density = this.points.density[index];
      if (!density) return this.dataset.none;
      const part = (Math.log10(density) - this.low) / (this.high - this.low || 1);
      return style.getPropertyValue(`--ip-a${1 + Math.round(part * 19)}`);
    }
    const family = this.points.family[index];
    return family < 0 ? this.dataset.none : this.colours[this.points.families[family]];
  }

  draw() {
    if (!this.points || !this.isConnected) return;
    const ratio = devicePixelRatio || 1;
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width) return;
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    const pen = this.canvas.getContext('2d');
    const style = getComputedStyle(this);
    pen.scale(ratio, ratio);
    const { length } = this.points.feature;
    const size = (length > 3000 ? 1.8 : length > 600 ? 2.6 : 3.6) * Math.sqrt(this.view.zoom);
    // Features with a concept lie on top of the grey ones.
    for (const isNamed of [false, true]) {
      pen.globalAlpha = isNamed ? 0.85 : 0.4;
      for (let index = 0; index < length; index += 1) {
        if ((this.points.family[index] >= 0) !== isNamed) continue;
        const [x, y] = this.place(index);
        pen.fillStyle = this.colour(index, style);
        pen.beginPath();
        pen.arc(x, y, size, 0, 7);
        pen.fill();
      }
    }
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    let [best, found] = [12 ** 2, -1];
    for (let index = 0; index < (this.points?.feature.length ?? 0); index += 1) {
      const [x, y] = this.place(index);
      const far = (x - event.clientX + box.left) ** 2 + (y - event.clientY + box.top) ** 2;
      if (far < best) [best, found] = [far, index];
    }
    return found;
  }

  listen() {
    let held = null;
    this.canvas.addEventListener('pointerdown', (event) => { held = { x: event.clientX, y: event.clientY, moved: false }; });
    this.canvas.addEventListener('pointermove', (event) => {
      if (held && (held.moved || Math.hypot(event.clientX - held.x, event.clientY - held.y) > 4)) {
        this.view.x += event.clientX - held.x;
        this.view.y += event.clientY - held.y;
        held = { x: event.clientX, y: event.clientY, moved: true };
        return this.draw();
      }
      const index = this.nearest(event);
      this.canvas.style.cursor = index < 0 ? 'grab' : 'pointer';
      if (index < 0) return ipTip.hide();
      const label = this.points.labels[this.points.label[index]] ?? 'no concept';
      const f1 = this.points.f1[index];
      return ipTip.show([
        `f/${this.points.feature[index]}`, label, f1 < 0 ? '' : `F1 ${(f1 / 100).toFixed(2)}`,
        `fires on ${(100 * this.points.density[index]).toPrecision(2)} % of the residues`,
      ], event);
    });
    this.canvas.addEventListener('pointerleave', () => { held = null; ipTip.hide(); });
    this.canvas.addEventListener('pointerup', (event) => {
      const index = held?.moved ? -1 : this.nearest(event);
      held = null;
      if (index >= 0) ip.go({ feature: this.points.feature[index] }, { page: 'feature' });
    });
    this.canvas.addEventListener('wheel', (event) => {
      event.preventDefault();
      const box = this.canvas.getBoundingClientRect();
      const zoom = Math.min(40, Math.max(1, this.view.zoom * Math.exp(-event.deltaY / 400)));
      const [x, y] = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
      const factor = zoom / this.view.zoom;
      this.view = zoom === 1 ? { zoom, x: 0, y: 0 }
        : { zoom, x: x - (x - this.view.x) * factor, y: y - (y - this.view.y) * factor };
      this.draw();
    }, { passive: false });
  }
});
