// What a mark under the pointer means, and light and dark.
(() => {
  const tip = document.createElement('div');
  tip.className = 'ip-tip';
  tip.hidden = true;
  const said = document.createElement('div');
  said.className = 'ip-unseen';
  said.setAttribute('aria-live', 'polite');

  window.ipTip = {
    show(lines, event) {
      if (!tip.isConnected) document.body.append(tip);
      tip.replaceChildren(...lines.filter(Boolean).map((line, index) => {
        const part = document.createElement(index ? 'div' : 'b');
        part.textContent = line;
        return part;
      }));
      tip.hidden = false;
      const box = tip.getBoundingClientRect();
      const x = Math.min(event.clientX + 14, innerWidth - box.width - 8);
      const below = event.clientY + 18;
      const y = below + box.height > innerHeight ? event.clientY - box.height - 10 : below;
      tip.style.transform = `translate(${Math.max(8, x)}px, ${Math.max(8, y)}px)`;
    },
    hide() { tip.hidden = true; },
    // For screen readers, what the keyboard's cursor is on.
    say(lines) {
      if (!said.isConnected) document.body.append(said);
      said.textContent = lines.filter(Boolean).join(', ');
    },
  };

  // What a (?) explains, for pointer, keyboard and touch.
  for (const name of ['pointerover', 'focusin', 'click']) {
    document.addEventListener(name, (event) => {
      const mark = event.target.closest?.('[data-help]');
      if (!mark) return;
      const box = mark.getBoundingClientRect();
      const [term, ...rest] = mark.dataset.help.split(': ');
      ipTip.show([term, rest.join(': ')], { clientX: box.left - 8, clientY: box.bottom - 12 });
    });
  }
  for (const name of ['pointerout', 'focusout', 'keydown']) {
    document.addEventListener(name, (event) => {
      if (event.target.closest?.('[data-help]') && (name !== 'keydown' || event.key === 'Escape')) ipTip.hide();
    });
  }
  document.addEventListener('ip-filled', () => ipTip.hide());
  // The choice of light or dark outlives the page; without one the system decides, as in Gradio.
  const wanted = () => localStorage.getItem('ip-mode');
  function follow() {
    const isDark = document.body.classList.contains('dark');
    if (wanted() && (wanted() === 'dark') !== isDark) {
      document.body.classList.toggle('dark', wanted() === 'dark');
    }
    document.querySelectorAll('ip-map, ip-heat, ip-structure').forEach((one) => one.draw?.());
  }
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('.ip-mode')) return;
    localStorage.setItem('ip-mode', document.body.classList.contains('dark') ? 'light' : 'dark');
    follow();
  });
  // Gradio adds these scripts to a page that is there already.
  new MutationObserver(follow).observe(document.body, { attributeFilter: ['class'] });
  follow();
})();
