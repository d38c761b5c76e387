// An element that is drawn from its attributes, and anew whenever one of them changes.
window.ipElement = class extends HTMLElement {
  // Subclasses: build() makes the children, read() takes in the attributes, draw() draws.
  connectedCallback() {
    this.replaceChildren();
    this.build();
    this.read();
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this);
    this.draw();
  }

  disconnectedCallback() { this.sizes.disconnect(); }

  // Several attributes that change together are taken in together.
  attributeChangedCallback(name, before, after) {
    if (!this.sizes || before === after || this.isWaiting) return;
    this.isWaiting = true;
    queueMicrotask(() => {
      this.isWaiting = false;
      if (!this.isConnected) return;
      this.read();
      this.draw();
    });
  }

  json(name) { return JSON.parse(this.getAttribute(`data-${name}`)); }

  // A canvas with a name that screen readers say.
  picture(label) {
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', label);
    return canvas;
  }
};
