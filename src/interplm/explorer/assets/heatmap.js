// Rows × residues on one canvas. A row's name leads to its feature, a cell shows it on the
// sequence, a letter is changed, and dragging across the columns chooses a region.
customElements.define('ip-heat', class extends ipElement {
  static observedAttributes = ['data-rows', 'data-letters', 'data-values', 'data-first', 'data-names',
    'data-scale', 'data-click', 'data-label'];

  build() {
    this.canvas = this.picture('heat map');
    this.scroller = document.createElement('div');
    this.scroller.className = 'ip-scroll';
    this.scroller.tabIndex = 0;
    this.scroller.append(this.canvas);
    this.append(this.scroller);
    this.listen();
  }

  read() {
    this.rows = this.json('rows');
    this.letters = this.json('letters');
    this.first = +this.dataset.first;
    this.names = this.dataset.names ? this.json('names') : null;
    this.isDifference = this.dataset.scale === 'difference';
    this.hundredths = Int8Array.from(atob(this.dataset.values), (letter) => letter.charCodeAt(0));
    this.canvas.setAttribute('aria-label', this.json('label'));
  }

  isOfFeatures() { return this.dataset.click === 'feature'; }
  columnName(column) { return this.names?.[column] ?? `${this.letters[column]}${this.first + column}`; }
  // The residue of the first sequence that a click changes; none beside another protein.
  changeable(column) {
    if (!this.names) return this.columnName(column);
    return ip.entries().other ? null : this.names[column].match(/^([A-Z]\d+)[A-Z]?$/)?.[1];
  }
  rowName(row) { return this.isOfFeatures() ? `f/${this.rows[row][0]}` : this.rows[row][0]; }
  // Of two sequences side by side the names of columns carry the numbers of the first.
  numberOf(column) { return this.names ? +this.names[column].match(/^[A-Z](\d+)/)?.[1] : this.first + column; }
  isNumbered(column, step) {
    const number = this.numberOf(column);
    return column === 0 ? number > 0 : number % step === 0;
  }
  value(row, column) { return this.hundredths[row * this.letters.length + column]; }
  // One of twenty colours on either side of zero: the nearest, though what fires has always one.
  level(row, column) {
    const value = this.value(row, column);
    return value > 0 && !this.isDifference ? Math.max(1, Math.round(value / 5)) : Math.round(value / 5);
  }

  explain(event) {
    const [row, column] = this.at(event);
    this.canvas.style.cursor = row === null && column === null ? 'default' : 'pointer';
    if (row === null) {
      if (column === null || !this.changeable(column)) return ipTip.hide();
      return ipTip.show([this.columnName(column), `click to change it${this.names ? '' : ', drag to choose a region'}`], event);
    }
    const name = [this.rowName(row), this.rows[row][1] || (this.isOfFeatures() ? 'no name yet' : '')];
    if (column === null) return ipTip.show(name, event);
    const value = this.value(row, column) / 100;
    const said = `${this.isDifference && value > 0 ? '+' : ''}${value.toFixed(2).replace('-', '−')}`;
    return ipTip.show([
      this.columnName(column), name.filter(Boolean).join(' '),
      `${this.isDifference ? 'change' : 'activation'} ${said} of the maximum`,
    ], event);
  }

  clicked(event) {
    const [row, column] = this.at(event);
    if (row === null) {
      if (column !== null && this.changeable(column)) ipMutate(this.changeable(column), event);
    } else if (!this.isOfFeatures()) {
      const letter = this.rows[row][0];
      if (column !== null && letter !== this.letters[column]) ip.go({ mutations: `${this.columnName(column)}${letter}`, other: null });
    } else if (column === null) ip.go({ feature: this.rows[row][0] }, { page: 'feature' });
    else ip.go({ chosen: this.rows[row][0] });
  }

  listen() {
    let from = null;
    this.canvas.addEventListener('pointerdown', (event) => {
      from = event.pointerType === 'mouse' && !event.button && !this.names && this.isOfFeatures() ? this.at(event)[1] : null;
    });
    this.canvas.addEventListener('pointermove', (event) => {
      this.brush = from !== null && event.buttons ? [from, this.at(event)[1] ?? from] : null;
      if (this.brush) { ipTip.hide(); return this.draw(); }
      return this.explain(event);
    });
    this.canvas.addEventListener('pointerup', (event) => {
      const [start, stop] = (this.brush ?? [0, 0]).toSorted((a, b) => a - b);
      from = null;
      this.brush = null;
      if (stop - start > 1) ip.go({ region: `${this.first + start}-${this.first + stop}` });
      else this.clicked(event);
    });
    this.canvas.addEventListener('pointerleave', () => {
      from = null;
      ipTip.hide();
      if (this.brush) { this.brush = null; this.draw(); }
    });
  }

  measure() {
    const shown = this.clientWidth;
    this.left = !this.isOfFeatures() ? 24 : shown < 600 ? 64 : 232;
    const fitting = Math.floor((shown - this.left) / this.letters.length);
    this.cell = Math.max(2, Math.min(11, fitting));
    // Letters are worth some scrolling.
    if (this.letters.length * 11 < 1600) this.cell = 11;
    // Of two sequences what differs is named above the numbers.
    this.named = this.names ? 16 : 0;
    [this.top, this.row] = [24 + this.named, 18];
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - this.top) / this.row);
    const column = Math.floor((event.clientX - box.left - this.left) / this.cell);
    return [row >= 0 && row < this.rows.length ? row : null, column >= 0 && column < this.letters.length ? column : null];
  }

  draw() {
    if (!this.hundredths || !this.clientWidth) return;
    this.measure();
    const ratio = devicePixelRatio || 1;
    const width = this.left + this.letters.length * this.cell + 8;
    const height = this.top + this.rows.length * this.row + 4;
    [this.canvas.width, this.canvas.height] = [width * ratio, height * ratio];
    [this.canvas.style.width, this.canvas.style.height] = [`${width}px`, `${height}px`];
    const pen = this.canvas.getContext('2d');
    const style = getComputedStyle(this);
    const colour = (name) => style.getPropertyValue(`--ip-${name}`);
    pen.scale(ratio, ratio);
    pen.fillStyle = colour('page');
    pen.fillRect(0, 0, width, height);
    this.drawRuler(pen, colour);
    this.drawNames(pen, colour, width);
    pen.textAlign = 'left';
    const of = (name) => Array.from({ length: 21 }, (_, level) => colour(`${name}${level}`));
    const palettes = this.isDifference ? [of('less'), of('more')] : [of('a'), of('a')];
    this.rows.forEach((_, row) => this.drawRow(pen, colour, palettes, row));
    if (!this.brush) return;
    const [start, stop] = this.brush.toSorted((a, b) => a - b);
    pen.strokeStyle = colour('text');
    pen.strokeRect(this.left + start * this.cell, 1, (stop - start + 1) * this.cell, height - 2);
  }

  drawRow(pen, colour, palettes, row) {
    const y = this.top + row * this.row;
    pen.font = `12px ${colour(this.isOfFeatures() ? 'sans' : 'mono')}`;
    pen.fillStyle = colour(this.isOfFeatures() ? 'accent' : 'text');
    pen.fillText(this.rowName(row), 0, y + 13);
    pen.fillStyle = colour('quiet');
    if (this.left > 100) pen.fillText(this.shortened(pen, this.rows[row][1]), 60, y + 13);
    pen.fillStyle = colour('panel');
    pen.fillRect(this.left, y + 1, this.letters.length * this.cell, this.row - 2);
    for (let column = 0; column < this.letters.length; column += 1) {
      const level = this.level(row, column);
      if (!level) continue;
      pen.fillStyle = palettes[level > 0 ? 1 : 0][Math.abs(level)];
      pen.fillRect(this.left + column * this.cell, y + 1, this.cell, this.row - 2);
    }
  }

  drawRuler(pen, colour) {
    pen.fillStyle = colour('quiet');
    pen.textAlign = 'center';
    const step = this.cell > 8 ? 10 : this.cell > 3 ? 50 : 100;
    for (let column = 0; column < this.letters.length; column += 1) {
      const x = this.left + (column + 0.5) * this.cell;
      pen.font = `10px ${colour('sans')}`;
      if (this.isNumbered(column, step)) pen.fillText(this.numberOf(column), x, this.named + 9);
      pen.font = `11px ${colour('mono')}`;
      if (this.cell > 8) pen.fillText(this.letters[column], x, this.named + 21);
    }
  }

  // Columns that differ, each with an arrow and, where there is room, its name.
  drawNames(pen, colour, width) {
    pen.font = `11px ${colour('sans')}`;
    pen.fillStyle = colour('text');
    let end = 0;
    (this.names ?? []).forEach((name, column) => {
      if (!name.match(/[^A-Z0-9]|[A-Z]$/)) return;
      const x = this.left + (column + 0.5) * this.cell;
      pen.beginPath();
      for (const [dx, y] of [[-4, 12], [4, 12], [0, 17]]) pen.lineTo(x + dx, y);
      pen.fill();
      const half = pen.measureText(name).width / 2;
      const middle = Math.max(half, Math.min(width - half, x));
      if (middle - half < end) return;
      pen.fillText(name, middle, 10);
      end = middle + half + 6;
    });
  }

  shortened(pen, label) {
    let text = label;
    while (text && pen.measureText(text).width > this.left - 68) text = text.slice(0, -1);
    return text === label ? label : `${text.slice(0, -1)}…`;
  }
});
