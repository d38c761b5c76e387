// Tables as CSV, pictures as SVG or PNG: made in the browser from what is shown.
(() => {
  function give(content, type, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // A cell that begins like a formula would be run by a spreadsheet.
  const cell = (text) => {
    const plain = /^[-+]?[\d.,]+( ?%|×)?$/.test(text) || !/^[=+\-@\t\r]/.test(text) ? text : `'${text}`;
    return `"${plain.replaceAll('"', '""')}"`;
  };
  const csv = (rows) => rows.map((row) => row.map((text) => cell(String(text))).join(',')).join('\r\n');

  function tableRows(table) {
    return [...table.rows].map((row) => [...row.cells].map((one) => one.innerText.trim().replace(/\s+/g, ' ')));
  }

  // Styles come from the page's style sheet, which the file will not have.
  function standalone(svg) {
    const copy = svg.cloneNode(true);
    const box = svg.viewBox.baseVal;
    copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    copy.setAttribute('width', box.width);
    copy.setAttribute('height', box.height);
    const originals = svg.querySelectorAll('*');
    copy.querySelectorAll('*').forEach((element, index) => {
      const style = getComputedStyle(originals[index]);
      for (const name of ['fill', 'stroke', 'stroke-width', 'font-family', 'font-size', 'text-anchor']) {
        element.setAttribute(name, style.getPropertyValue(name));
      }
    });
    return new XMLSerializer().serializeToString(copy);
  }

  function rasterised(svg, then) {
    const image = new Image();
    const box = svg.viewBox.baseVal;
    image.onload = () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [box.width * 3, box.height * 3];
      const pen = canvas.getContext('2d');
      pen.fillStyle = getComputedStyle(document.body).getPropertyValue('--ip-page');
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(then);
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
  }

  function save(section, kind) {
    const name = `${section.dataset.save}.${kind}`;
    const svg = section.querySelector('svg');
    const canvas = section.querySelector('canvas');
    if (kind === 'csv') {
      const rows = section.querySelector('ip-heat')?.rows() ?? tableRows(section.querySelector('table'));
      give(csv(rows), 'text/csv', name);
    } else if (kind === 'svg') {
      give(standalone(svg), 'image/svg+xml', name);
    } else if (canvas) {
      canvas.toBlob((blob) => give(blob, 'image/png', name));
    } else {
      rasterised(svg, (blob) => give(blob, 'image/png', name));
    }
  }

  document.addEventListener('click', async (event) => {
    const button = event.target.closest?.('button[data-as], button[data-api]');
    if (!button) return;
    if (button.dataset.as) return save(button.closest('[data-save]'), button.dataset.as);
    button.disabled = true;
    try {
      give(await ip.call(button.dataset.api, JSON.parse(button.dataset.args)), 'text/csv', button.dataset.file);
    } catch (error) {
      button.textContent = `Not saved: ${error.message}`;
    } finally {
      button.disabled = false;
    }
  });
})();
