// Files: what the API gives, or a picture that was turned by hand. Nothing is scraped from the page.
(() => {
  const BINARY = /\.(png|pdf|svg)$/;

  function give(content, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const decoded = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  async function save(button) {
    const { file } = button.dataset;
    if (button.dataset.canvas) {
      return give(await button.closest('section, [data-part]').querySelector('ip-structure').png(), file);
    }
    const args = JSON.parse(button.dataset.args);
    const { run } = ip.entries();
    const text = await ip.call(button.dataset.api, { ...(run ? { run } : {}), ...args });
    return give(button.dataset.api === 'figure' && BINARY.test(file) ? decoded(text) : text, file);
  }

  document.addEventListener('click', async (event) => {
    const button = event.target.closest?.('button[data-canvas], button[data-api]');
    if (!button) return;
    const was = button.textContent;
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    try {
      await save(button);
      button.textContent = was;
    } catch (error) {
      button.textContent = `Not saved: ${error.message}`;
    } finally {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  });
})();
