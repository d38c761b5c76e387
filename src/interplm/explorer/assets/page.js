// A page is drawn from its address, query and hash together. What is chosen goes into the address,
// and the parts that show it are asked for anew: Back, reload and a shared link give what was seen.
window.ip = (() => {
  // In the hash, which no server sees: what a visitor brings.
  const HASHED = ['protein', 'mutations', 'other'];
  const KEPT = ['run', 'record', ...HASHED];
  const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex]';
  const pages = window.ipPages;
  let root = null;
  // What is too large for an address, such as a structure file: gone when the page is, or the
  // protein for which it was opened.
  let attached = {};
  // Controls typed in since the last step of the history.
  const typed = new Set();

  const split = (path) => {
    const parts = path.replace(/\/+$/, '').split('/');
    const page = parts.length > 1 && parts.at(-1) in pages ? parts.pop() : '';
    return { base: `${parts.join('/')}/`, page };
  };
  const base = () => split(location.pathname).base;
  const current = () => split(location.pathname).page;

  function entriesOf(url) {
    const found = {};
    for (const text of [url.search.slice(1), url.hash.slice(1)]) {
      for (const [name, value] of new URLSearchParams(text)) if (value) found[name] = value;
    }
    return found;
  }
  const entries = () => entriesOf(location);

  function urlOf(page, wanted) {
    const [query, hash] = [new URLSearchParams(), new URLSearchParams()];
    for (const [name, value] of Object.entries(wanted)) {
      if (value !== null && value !== undefined && value !== '') (HASHED.includes(name) ? hash : query).set(name, value);
    }
    return base() + page + (`${query}` && `?${query}`) + (`${hash}` && `#${hash}`);
  }

  const kept = (all) => Object.fromEntries(Object.entries(all).filter(([name]) => KEPT.includes(name)));
  const here = () => location.pathname + location.search + location.hash;

  async function call(endpoint, args) {
    const answer = await fetch(`${base()}gradio_api/run/${endpoint}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ data: args }),
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.error || said.detail || `the server answered ${answer.status}`);
    return said.data[0];
  }

  // Changes of entries (null takes one away), on this page or another, as a step of the history.
  function go(changes, { page = current(), replace = false } = {}) {
    const wanted = { ...(page === current() ? entries() : kept(entries())), ...changes };
    const url = urlOf(page, wanted);
    if (url === here()) return refresh();
    history.replaceState({ scroll: scrollY }, '');
    history[replace ? 'replaceState' : 'pushState']({}, '', url);
    return follow();
  }

  function attach(changes) {
    attached = { ...changes, protein: entries().protein };
    return refresh();
  }

  function visit(url) {
    history.replaceState({ scroll: scrollY }, '');
    history.pushState({}, '', url);
    return follow();
  }

  function follow() {
    const page = current();
    if (root.dataset.page !== page) {
      const isFirst = root.dataset.page === undefined;
      attached = {};
      root.dataset.page = page;
      root.querySelector('.ip-page').innerHTML = pages[page].layout;
      root.querySelectorAll('header nav a').forEach((link) => {
        if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
      });
      scrollTo(0, 0);
      if (!isFirst) root.querySelector('.ip-page').focus({ preventScroll: true });
    }
    if (attached.protein !== entries().protein) attached = {};
    typed.clear();
    settle();
    name();
    return refresh();
  }

  const keyOf = (part, wanted) => JSON.stringify(part.dataset.needs.split(' ').map((entry) => wanted[entry] ?? ''));

  function refresh() {
    const wanted = { ...entries(), ...attached };
    const stale = [...root.querySelectorAll('[data-part]')].filter((part) => part.key !== keyOf(part, wanted));
    for (const part of stale) {
      part.key = keyOf(part, wanted);
      part.setAttribute('aria-busy', 'true');
      if (part.dataset.waits) fill(part, `<p class="ip-message" role="status">${part.dataset.waits}</p>`);
    }
    const quick = stale.filter((part) => !part.dataset.waits);
    const asked = [quick, ...stale.filter((part) => part.dataset.waits).map((part) => [part])].filter((parts) => parts.length);
    return Promise.all(asked.map((parts) => ask(parts, wanted)));
  }

  // An answer is shown only where it is still wanted, however late it comes.
  async function ask(parts, wanted) {
    const keys = parts.map((part) => part.key);
    const names = parts.map((part) => part.dataset.part);
    let answers;
    try {
      answers = await call('parts', [root.dataset.page, names, wanted]);
    } catch (error) {
      const said = document.createElement('p');
      said.className = 'ip-message ip-error';
      said.setAttribute('role', 'alert');
      said.textContent = `This part could not be loaded (${error.message}): try again.`;
      answers = Object.fromEntries(names.map((one) => [one, said.outerHTML]));
    }
    parts.forEach((part, index) => {
      if (part.key !== keys[index] || !part.isConnected) return;
      part.removeAttribute('aria-busy');
      fill(part, answers[part.dataset.part] ?? '');
    });
    settle();
    name();
  }

  function fill(part, html) {
    const focused = part.contains(document.activeElement) ? [...part.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement) : -1;
    part.innerHTML = html;
    if (focused >= 0) part.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
    part.dispatchEvent(new CustomEvent('ip-filled', { bubbles: true }));
  }

  // What is being typed is left alone; what is there already keeps its cursor.
  function write(control, value) {
    if (!typed.has(control) && control.value !== value) control.value = value;
  }

  // Controls and links show what the address says.
  function settle() {
    const wanted = entries();
    root.querySelectorAll('[data-entry]').forEach((control) => {
      const value = wanted[control.dataset.entry] ?? control.dataset.default ?? '';
      if (control.type === 'radio') control.checked = control.value === value;
      else if (control.type === 'checkbox') control.checked = Boolean(value);
      else write(control, value);
    });
    root.querySelectorAll('[data-pressed]').forEach((button) => {
      const goes = Object.entries(JSON.parse(button.dataset.go));
      button.setAttribute('aria-pressed', goes.every(([entry, value]) => (value ?? '') === (wanted[entry] ?? '')));
    });
    root.querySelectorAll('form[data-entries] [name]').forEach((control) => write(control, wanted[control.name] ?? ''));
    root.querySelectorAll('a[href]').forEach((link) => {
      link.dataset.leads ??= link.getAttribute('href');
      if (/^(?:[a-z]+:|\/|#)/i.test(link.dataset.leads)) return;
      const url = new URL(link.dataset.leads, location.origin + base());
      const { page } = split(url.pathname);
      link.href = urlOf(page, { ...kept(wanted), ...listed(page), ...entriesOf(url) });
    });
  }

  // A feature opened from a list keeps the list, whose neighbours are one step away.
  function listed(page) {
    if (current() !== 'features' || page !== 'feature') return {};
    const query = new URLSearchParams(location.search);
    for (const entry of ['run', 'record', 'page']) query.delete(entry);
    return { list: `${query}` };
  }

  function name() {
    const title = root.querySelector('[data-title]')?.dataset.title ?? pages[current()].name;
    document.title = `${title} · InterPLM`;
  }

  function chosen(control) {
    if (control.type === 'checkbox') return control.checked ? '1' : null;
    return control.value === (control.dataset.default ?? '') ? null : control.value;
  }

  // Another run keeps the place: of a feature, the one that fires where it does, for which the
  // run may have to read proteins. Places on a map and numbers of features mean nothing there.
  async function switchRun(run) {
    const { feature, with: other, with_run: beside, was, was_run: wasRun, run: before } = entries();
    const from = here();
    const counterpart = async (number) => {
      if (number === undefined) return null;
      const asked = { feature: +number, other_run: run ?? '', n: 1, run: before ?? '' };
      const [found] = await call('counterparts', asked).catch(() => []);
      return found?.feature ?? null;
    };
    const changes = { run, page: null, area: null, families: null, chosen: null };
    root.setAttribute('aria-busy', 'true');
    if (current() === 'feature' && was !== undefined && (wasRun ?? '') === (run ?? '')) {
      Object.assign(changes, { feature: was, was: null, was_run: null, list: null });
    } else if (current() === 'feature') {
      Object.assign(changes, { feature: await counterpart(feature), was: feature, was_run: before, list: null });
    } else if (current() === 'compare') {
      changes.feature = await counterpart(feature);
      if (!beside) changes.with = await counterpart(other);
    }
    root.removeAttribute('aria-busy');
    return here() === from ? go(changes) : undefined;
  }

  let typing = null;
  function changed(event, replace) {
    const control = event.target.closest?.('[data-entry]');
    if (!control || !root?.contains(control)) return;
    clearTimeout(typing);
    const resets = Object.fromEntries((control.dataset.resets ?? '').split(' ').filter(Boolean).map((one) => [one, null]));
    if (control.dataset.entry === 'run') return switchRun(chosen(control));
    const act = () => go({ ...resets, [control.dataset.entry]: chosen(control) }, { replace });
    if (replace) typing = setTimeout(act, 150);
    else act();
    return undefined;
  }
  const isTyped = (control) => /^(search|text|number|range)$/.test(control.type);
  document.addEventListener('input', (event) => {
    typed.add(event.target);
    if (isTyped(event.target)) changed(event, true);
  });
  document.addEventListener('change', (event) => { if (!isTyped(event.target)) changed(event, false); });

  document.addEventListener('submit', (event) => {
    const form = event.target.closest?.('form[data-entries]');
    if (!form) return;
    event.preventDefault();
    const resets = Object.fromEntries((form.dataset.resets ?? '').split(' ').filter(Boolean).map((one) => [one, null]));
    const given = [...new FormData(form)].map(([entry, value]) => [entry, `${value}`.trim()]);
    go({ ...resets, ...Object.fromEntries(given) }, { page: form.dataset.entries });
  });

  // Enter asks, Shift and Enter begin a line.
  document.addEventListener('keydown', (event) => {
    const form = event.target.tagName === 'TEXTAREA' && event.target.closest('form[data-entries]');
    if (!form || event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('[data-go]');
    if (button && root?.contains(button)) return go(JSON.parse(button.dataset.go), button.dataset.to === undefined ? {} : { page: button.dataset.to });
    const link = event.target.closest?.('a[href]');
    if (!link || !root?.contains(link) || link.target || link.download || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return undefined;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(base()) || !(split(url.pathname).page in pages)) return undefined;
    if (split(url.pathname).base !== base()) return undefined;
    event.preventDefault();
    return visit(link.href);
  });

  addEventListener('popstate', async () => {
    const { scroll } = history.state ?? {};
    await follow();
    scrollTo(0, scroll ?? 0);
  });

  // Files are read here: a text goes into its field, a structure along with the questions of its page.
  document.addEventListener('change', async (event) => {
    const picker = event.target;
    if (picker.type !== 'file' || !picker.files[0] || !root?.contains(picker)) return;
    const [file] = picker.files;
    picker.value = '';
    if (picker.dataset.reads) {
      const text = file.size > 20e6 ? `${file.name} is larger than 20 MB` : await file.text();
      picker.closest('form').elements[picker.dataset.reads].value = text;
      picker.closest('form').requestSubmit();
      return;
    }
    const bytes = file.size > +picker.dataset.most ? new Uint8Array(+picker.dataset.most + 9) : new Uint8Array(await file.arrayBuffer());
    let letters = '';
    for (let start = 0; start < bytes.length; start += 32768) letters += String.fromCharCode(...bytes.subarray(start, start + 32768));
    const { attach: entry, of } = picker.dataset;
    attach({ [entry]: btoa(letters), [`${entry}_name`]: file.name, [`${entry}_of`]: of });
  });

  customElements.define('ip-root', class extends HTMLElement {
    connectedCallback() {
      root = this;
      // `/?feature=1503` is a link to share as much as `/feature?feature=1503` is.
      if (current() === '' && 'feature' in entries()) history.replaceState({}, '', urlOf('feature', entries()));
      follow();
    }
  });

  // A skip link's hash is a place on the page and no entry of the address.
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('.ip-skip')) return;
    event.preventDefault();
    root.querySelector('.ip-page').focus();
  });

  return { attach, call, entries, go };
})();
