// Residues of sequences: what is said of one under the pointer or the keyboard's cursor, which
// others show the same residue, and what a click does.
(() => {
  function told(letter) {
    const strip = letter.closest('.ip-strip');
    const residue = +strip.dataset.start + [...letter.parentNode.children].indexOf(letter);
    const activation = JSON.parse(strip.dataset.activations)[residue];
    const spans = JSON.parse(strip.dataset.spans).filter(([start, stop, endsOnly]) =>
      endsOnly ? residue === start || residue === stop - 1 : start <= residue && residue < stop);
    return {
      residue,
      accession: strip.dataset.accession,
      lines: [
        `${letter.textContent}${residue + 1}`,
        activation === undefined ? 'silent' : `activation ${activation.toFixed(2)} of the maximum`,
        ...spans.map((span) => span[3]),
      ],
    };
  }

  // Structures and other strips of the same protein mark the same residue.
  function point(accession, residue) {
    document.querySelectorAll('.ip-residues i.h').forEach((one) => one.classList.remove('h'));
    document.querySelectorAll('ip-structure').forEach((one) => one.mark?.(residue));
    if (!accession || residue === null) return;
    for (const strip of document.querySelectorAll(`.ip-strip[data-accession="${CSS.escape(accession)}"]`)) {
      strip.querySelector('.ip-residues').children[residue - strip.dataset.start]?.classList.add('h');
    }
  }
  window.ipPoint = point;

  const letterOf = (event) => event.target.closest?.('.ip-residues i');

  document.addEventListener('pointerover', (event) => {
    const letter = letterOf(event);
    if (!letter) return;
    const { accession, residue, lines } = told(letter);
    ipTip.show(lines, event);
    point(accession, residue);
  });
  document.addEventListener('pointerout', (event) => {
    if (!letterOf(event)) return;
    ipTip.hide();
    point(null, null);
  });
  function pick(letter, event) {
    const { residue, lines } = told(letter);
    const changeable = letter.closest('[data-changeable]')?.dataset.changeable;
    const written = changeable && JSON.parse(changeable)[residue];
    if (written) return ipMutate(written, event);
    const choose = letter.closest('.ip-row')?.querySelector('.ip-who [data-go]');
    if (choose) return choose.click();
    return ipTip.show(lines, event);
  }
  document.addEventListener('click', (event) => {
    const letter = letterOf(event);
    if (letter) pick(letter, event);
  });

  // Arrow keys read residue by residue, Enter does what a click does.
  document.addEventListener('keydown', (event) => {
    const line = event.target;
    if (!line.classList?.contains('ip-residues')) return;
    const letters = [...line.children];
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    const marked = letters.findIndex((one) => one.classList.contains('m'));
    // The first key puts the cursor on the peak, the next ones move it.
    const from = line.at ?? Math.max(0, marked) - (Number.isFinite(step) ? step : 0);
    line.at = Math.max(0, Math.min(letters.length - 1, from + (step ?? 0)));
    const letter = letters[line.at];
    const box = letter.getBoundingClientRect();
    const place = { clientX: box.left, clientY: box.bottom - 10 };
    if (event.key === 'Enter') return pick(letter, place);
    const { accession, residue, lines } = told(letter);
    ipTip.show(lines, place);
    ipTip.say(lines);
    point(accession, residue);
  });
  document.addEventListener('focusout', (event) => {
    if (!event.target.classList?.contains('ip-residues')) return;
    event.target.at = undefined;
    ipTip.hide();
    point(null, null);
  });

  document.addEventListener('click', (event) => {
    const fold = event.target.closest?.('[data-unfolds]');
    if (!fold) return;
    const isOpen = fold.getAttribute('aria-expanded') === 'true';
    fold.setAttribute('aria-expanded', `${!isOpen}`);
    fold.closest('.ip-rows').querySelectorAll('[data-family]').forEach((row) => {
      if (row.dataset.family === fold.dataset.unfolds) row.hidden = isOpen;
    });
  });

  document.addEventListener('ip-filled', (event) => {
    const line = event.target.querySelector('[data-in-view]');
    if (line) line.parentNode.scrollTop = line.offsetTop - line.parentNode.offsetTop;
  });
})();
