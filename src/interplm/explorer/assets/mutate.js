// The twenty amino acids to put in the place of a residue: a small dialog beside it.
window.ipMutate = (() => {
  let dialog = null;

  function close(focus) {
    dialog?.remove();
    dialog = null;
    focus?.focus?.({ preventScroll: true });
  }

  document.addEventListener('pointerdown', (event) => { if (dialog && !dialog.contains(event.target)) close(); });
  document.addEventListener('keydown', (event) => { if (dialog && event.key === 'Escape') close(dialog.from); });
  document.addEventListener('ip-filled', () => close());

  // The residue as people write it, K23.
  return (residue, event) => {
    close();
    dialog = document.createElement('div');
    dialog.className = 'ip-mutate';
    dialog.setAttribute('role', 'dialog');
    dialog.setAttribute('aria-label', `Change ${residue}`);
    dialog.from = document.activeElement;
    const title = document.createElement('b');
    title.textContent = `${residue} becomes`;
    dialog.append(title);
    for (const other of 'ACDEFGHIKLMNPQRSTVWY') {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = other;
      button.disabled = other === residue[0];
      button.addEventListener('click', () => {
        const written = (ip.entries().mutations ?? '').split(/[\s,;]+/).filter(Boolean)
          .filter((one) => !new RegExp(`^${residue}[A-Z]$`).test(one));
        close();
        ip.go({ mutations: [...written, `${residue}${other}`].join(', '), other: null });
      });
      dialog.append(button);
    }
    document.body.querySelector('.gradio-container').append(dialog);
    const box = dialog.getBoundingClientRect();
    dialog.style.left = `${Math.max(8, Math.min(event.clientX - box.width / 2, innerWidth - box.width - 8))}px`;
    dialog.style.top = `${Math.min(event.clientY + 12, innerHeight - box.height - 8)}px`;
    dialog.querySelector('button:not(:disabled)').focus({ preventScroll: true });
  };
})();
