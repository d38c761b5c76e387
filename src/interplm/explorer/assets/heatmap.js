// Features × residues on one canvas; a row leads to its feature.
customElements.define('ip-heat', class extends ipElement {
  static observedAttributes = ['data-sequence', 'data-features', 'data-labels', 'data-levels'];

  build() {
    this.canvas = this.picture('heat map of features by residues');
    const frame = document.createElement('div');
    frame.className = 'ip-scroll';
    frame.tabIndex = 0;
    frame.append(this.canvas);
    this.append(frame);
    this.canvas.addEventListener('pointermove', (event) => this.explain(event));
    this.canvas.addEventListener('pointerleave', () => ipTip.hide());
    this.canvas.addEventListener('click', (event) => {
      const [row] = this.at(event);
      if (row !== null) ip.go({ feature: this.features[row] }, { page: 'feature' });
    });
  }

  read() {
    this.sequence = this.json('sequence');
    this.features = this.json('features');
    this.labels = this.json('labels');
    this.levels = Uint8Array.from(atob(this.dataset.levels), (letter) => letter.charCodeAt(0));
  }

  explain(event) {
    const [row, column] = this.at(event);
    if (row === null) return ipTip.hide();
    if (column === null) return ipTip.show([`f/${this.features[row]}`, this.labels[row] || 'no concept'], event);
    return ipTip.show([
      `${this.sequence[column]}${column + 1}`, `f/${this.features[row]} ${this.labels[row]}`,
      `activation ${this.value(row, column)} of the maximum`,
    ], event);
  }

  value(row, column) { return (this.levels[row * this.sequence.length + column] / 20).toFixed(2); }

  rows() {
    const header = ['feature', 'label', ...[...this.sequence].map((letter, index) => `${letter}${index + 1}`)];
    return [header, ...this.features.map((feature, row) => [
      feature, this.labels[row], ...[...this.sequence].map((_, column) => this.value(row, column)),
    ])];
  }

  measure() {
    const shown = this.clientWidth;
    this.left = shown < 600 ? 64 : 220;
    const fitting = Math.floor((shown - this.left) / this.sequence.length);
    this.cell = Math.max(2, Math.min(11, fitting, 12));
    if (this.sequence.length * 11 < 1600) this.cell = Math.max(this.cell, 11);
    [this.top, this.row] = [24, 18];
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - this.top) / this.row);
    const column = Math.floor((event.clientX - box.left - this.left) / this.cell);
    if (row < 0 || row >= this.features.length) return [null, null];
    return [row, column >= 0 && column < this.sequence.length ? column : null];
  }

  draw() {
    if (!this.levels || !this.clientWidth) return;
    this.measure();
    const ratio = devicePixelRatio || 1;
    const width = this.left + this.sequence.length * this.cell + 8;
    const height = this.top + this.features.length * this.row + 4;
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    [this.canvas.style.width, this.canvas.style.height] = [`${width}px`, `${height}px`];
    const pen = this.canvas.getContext('2d');
    const style = getComputedStyle(this);
    const colour = (name) => style.getPropertyValue(`--ip-${name}`);
    pen.scale(ratio, ratio);
    pen.fillStyle = colour('page');
    pen.fillRect(0, 0, width, height);
    this.drawRuler(pen, colour);
    pen.textAlign = 'left';
    const palette = Array.from({ length: 21 }, (_, level) => colour(`a${level}`));
    this.features.forEach((feature, row) => {
      const y = this.top + row * this.row;
      pen.font = `12px ${colour('sans')}`;
      pen.fillStyle = colour('accent');
      pen.fillText(`f/${feature}`, 0, y + 13);
      pen.fillStyle = colour('quiet');
      if (this.left > 100) pen.fillText(this.shortened(pen, this.labels[row]), 60, y + 13);
      pen.fillStyle = colour('panel');
      pen.fillRect(this.left, y + 1, this.sequence.length * this.cell, this.row - 2);
      for (let column = 0; column < this.sequence.length; column += 1) {
        const level = this.levels[row * this.sequence.length + column];
        if (!level) continue;
        pen.fillStyle = palette[level];
        pen.fillRect(this.left + column * this.cell, y + 1, this.cell, this.row - 2);
      }
    });
  }

  drawRuler(pen, colour) {
    pen.fillStyle = colour('quiet');
    pen.textAlign = 'center';
    const step = this.cell > 8 ? 10 : this.cell > 3 ? 50 : 100;
    for (let column = 0; column < this.sequence.length; column += 1) {
      const x = this.left + (column + 0.5) * this.cell;
      const isNumbered = column === 0 || (column + 1) % step === 0;
      pen.font = `10px ${colour('sans')}`;
      if (isNumbered) pen.fillText(column + 1, x, 9);
      pen.font = `11px ${colour('mono')}`;
      if (this.cell > 8) pen.fillText(this.sequence[column], x, 21);
    }
  }

  shortened(pen, label) {
    let text = label;
    while (text && pen.measureText(text).width > this.left - 68) text = text.slice(0, -1);
    return text === label ? label : `${text.slice(0, -1)}…`;
  }
});
