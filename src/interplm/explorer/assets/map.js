// All features as points on one canvas. A click opens one, a family of the legend is hidden or
// shown, a dragged frame lists what is in it, and the search of the list stands out.
customElements.define('ip-map', class extends ipElement {
  static observedAttributes = ['data-run', 'data-colours'];

  build() {
    this.by = 'family';
    this.hidden_ = new Set();
    this.canvas = this.picture('Map of features, on its way');
    this.canvas.tabIndex = 0;
    this.waiting = document.createElement('p');
    this.waiting.className = 'ip-message';
    this.waiting.textContent = 'The map is on its way …';
    this.key = document.createElement('div');
    this.key.setAttribute('role', 'group');
    this.key.setAttribute('aria-label', 'Families shown');
    this.choice = document.createElement('div');
    this.choice.className = 'ip-choice';
    this.choice.setAttribute('role', 'group');
    this.choice.setAttribute('aria-label', 'Colour by');
    for (const [by, text] of [['family', 'concept family'], ['density', 'density']]) {
      this.choice.append(this.button(text, () => { this.by = by; this.legend(); this.draw(); }, { by }));
    }
    this.found = document.createElement('input');
    this.found.type = 'search';
    this.found.placeholder = 'stand out: zinc …';
    this.found.setAttribute('aria-label', 'Features that stand out');
    this.found.addEventListener('input', () => this.draw());
    this.choice.append(this.found);
    this.append(this.choice, this.waiting, this.canvas, this.key);
    this.listen();
  }

  button(text, act, data = {}) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(text);
    Object.assign(button.dataset, data);
    button.addEventListener('click', act);
    return button;
  }

  read() {
    const { run } = this.dataset;
    this.colours = this.json('colours');
    this.points = null;
    this.waiting.hidden = false;
    ip.call('feature_map', { run }).then((points) => {
      // A map that was asked for in the meantime is the one wanted.
      if (run !== this.dataset.run) return;
      this.points = points;
      this.waiting.hidden = true;
      this.cursor = -1;
      this.canvas.setAttribute('aria-label', `Map of ${points.feature.length} features; arrow keys step through them, Enter opens one`);
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

  scaleDensity() {
    const logs = this.points.density.filter((value) => value > 0).map(Math.log10);
    this.low = logs.reduce((a, b) => Math.min(a, b), 0);
    this.high = logs.reduce((a, b) => Math.max(a, b), this.low);
  }

  legend() {
    this.choice.querySelectorAll('button').forEach((one) => one.setAttribute('aria-pressed', one.dataset.by === this.by));
    this.key.className = 'ip-key';
    if (this.by === 'family') {
      this.key.replaceChildren(...Object.entries(this.json('legend')).map(([family, colour]) => {
        const dot = document.createElement('i');
        dot.style.background = colour;
        const button = this.button(dot, () => {
          if (!this.hidden_.delete(family)) this.hidden_.add(family);
          button.setAttribute('aria-pressed', !this.hidden_.has(family));
          this.draw();
        });
        button.append(family);
        button.setAttribute('aria-pressed', !this.hidden_.has(family));
        return button;
      }));
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
    this.key.classList.add('ip-legend');
    this.key.replaceChildren(percent(this.low), steps, `${percent(this.high)} of the residues`);
  }

  // In the legend, families beyond the palette share a name.
  inLegend(family = 'no concept') { return family in this.json('legend') ? family : 'other families'; }
  family(index) { return this.inLegend(this.points.families[this.points.family[index]]); }

  isShown(index) { return this.by !== 'family' || !this.hidden_.has(this.family(index)); }

  place(index) {
    const { width, height } = this.canvas.getBoundingClientRect();
    const side = Math.min(width, height) - 24;
    const at = (value, whole) => whole / 2 + (value / 4095 - 0.5) * side * (whole === width ? Math.max(1, (width - 24) / side) : 1);
    return [at(this.points.x[index], width), at(4095 - this.points.y[index], height)];
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
    pen.fillStyle = style.getPropertyValue('--ip-page');
    pen.fillRect(0, 0, width, height);
    const { length } = this.points.feature;
    const size = length > 3000 ? 1.6 : length > 600 ? 2.2 : 3.2;
    const words = this.found.value.toLowerCase().split(/\s+/).filter(Boolean);
    const stands = (index) => words.length > 0 && words.every((word) => `f/${this.points.feature[index]} ${this.points.labels[this.points.label[index]] ?? ''}`.toLowerCase().includes(word));
    // Features with a concept lie on top of those without.
    for (const isNamed of [false, true]) {
      for (let index = 0; index < length; index += 1) {
        if ((this.points.family[index] >= 0) !== isNamed || !this.isShown(index)) continue;
        const [x, y] = this.place(index);
        pen.globalAlpha = words.length && !stands(index) ? 0.15 : 1;
        pen.fillStyle = this.colour(index, style);
        pen.beginPath();
        pen.arc(x, y, stands(index) ? size + 1.5 : size, 0, 7);
        pen.fill();
      }
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = style.getPropertyValue('--ip-text');
    pen.lineWidth = 1.5;
    if (this.cursor >= 0) {
      pen.beginPath();
      pen.arc(...this.place(this.cursor), size + 4, 0, 7);
      pen.stroke();
    }
    if (this.frame) pen.strokeRect(...this.frame.slice(0, 2), this.frame[2] - this.frame[0], this.frame[3] - this.frame[1]);
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    let [best, found] = [12 ** 2, -1];
    for (let index = 0; index < (this.points?.feature.length ?? 0); index += 1) {
      if (!this.isShown(index)) continue;
      const [x, y] = this.place(index);
      const far = (x - event.clientX + box.left) ** 2 + (y - event.clientY + box.top) ** 2;
      if (far < best) [best, found] = [far, index];
    }
    return found;
  }

  lines(index) {
    const ap = this.points.ap[index];
    return [
      `f/${this.points.feature[index]}`, this.points.labels[this.points.label[index]] ?? 'no name yet',
      ap < 0 ? '' : `AP ${(ap / 100).toFixed(2)}`,
      `fires on ${(100 * this.points.density[index]).toPrecision(2)} % of the residues`,
    ];
  }

  open(index) { ip.go({ feature: this.points.feature[index] }, { page: 'feature' }); }

  // Those not hidden; null for all, as where they are not what is coloured.
  families() {
    if (this.by !== 'family' || !this.hidden_.size) return null;
    const every = [...this.points.families, 'no concept'];
    return every.filter((one) => !this.hidden_.has(this.inLegend(one))).join('|');
  }

  // A frame on the screen as an area of the map, 0 to 1 with y upwards.
  list([x0, y0, x1, y1]) {
    const { width, height } = this.canvas.getBoundingClientRect();
    const side = Math.min(width, height) - 24;
    const at = (value, whole) => Math.min(1, Math.max(0, (value - whole / 2) / (side * (whole === width ? Math.max(1, (width - 24) / side) : 1)) + 0.5));
    const corners = [at(x0, width), 1 - at(y0, height), at(x1, width), 1 - at(y1, height)];
    const families = this.families();
    if (families === '') return this.draw();
    return ip.go({ area: corners.map((one) => one.toFixed(4)).join(','), families }, { page: 'features' });
  }

  listen() {
    const at = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    let from = null;
    this.canvas.addEventListener('pointerdown', (event) => { from = event.pointerType === 'mouse' ? at(event) : null; });
    this.canvas.addEventListener('pointermove', (event) => {
      if (from && Math.hypot(at(event)[0] - from[0], at(event)[1] - from[1]) > 6) {
        this.frame = [...from, ...at(event)];
        ipTip.hide();
        return this.draw();
      }
      const index = this.nearest(event);
      this.canvas.style.cursor = index < 0 ? 'crosshair' : 'pointer';
      return index < 0 ? ipTip.hide() : ipTip.show(this.lines(index), event);
    });
    this.canvas.addEventListener('pointerleave', () => { [from, this.frame] = [null, null]; ipTip.hide(); this.draw(); });
    this.canvas.addEventListener('pointerup', (event) => {
      const frame = this.frame;
      [from, this.frame] = [null, null];
      if (frame) return this.list(frame);
      const index = this.nearest(event);
      return index >= 0 ? this.open(index) : undefined;
    });
    this.canvas.addEventListener('keydown', (event) => {
      if (!this.points) return;
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === 'Enter' && this.cursor >= 0) { this.open(this.cursor); return; }
      if (!step) return;
      event.preventDefault();
      const { length } = this.points.feature;
      do { this.cursor = (this.cursor + step + length) % length; } while (!this.isShown(this.cursor) && this.hidden_.size < Object.keys(this.json('legend')).length);
      const [x, y] = this.place(this.cursor);
      const box = this.canvas.getBoundingClientRect();
      ipTip.show(this.lines(this.cursor), { clientX: box.left + x, clientY: box.top + y });
      ipTip.say(this.lines(this.cursor));
      this.draw();
    });
    this.canvas.addEventListener('blur', () => { this.cursor = -1; ipTip.hide(); this.draw(); });
  }
});
