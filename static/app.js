/* Everything here is optional: each feature has a plain link or form behind it.
   No eval, no inline handlers, no style attributes. */
(() => {
  'use strict';
  const root = document.documentElement;
  const one = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const byId = id => (id ? document.getElementById(id) : null);
  const on = (type, run, capture = false) => document.addEventListener(type, run, capture);
  const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more);

  /* 1. Saying things: live regions, the toast, the sentence inside an open dialog. */
  const speak = (id, text) => {
    const region = byId(id);
    region.textContent = '';
    setTimeout(() => { region.textContent = text; }, 60);
  };
  let leaving;
  const rest = box => {
    clearTimeout(leaving);
    leaving = setTimeout(() => (box.matches(':hover,:focus-within') ? rest(box) : (box.hidden = true)), 10000);
  };
  const links = ({ href, label, newTab }) => (href ? [make('a', label || 'Open', { href, target: newTab ? '_blank' : '' })] : []);
  const toast = ({ text, problem, ...more }) => {
    const box = byId('toast');
    if (!box) return;
    const close = make('button', 'Close', { type: 'button', onclick: () => { box.hidden = true; } });
    box.replaceChildren(make('span', text), ...links(more), close);
    box.classList.toggle('g-problem', !!problem);
    box.hidden = false;
    clearTimeout(leaving);
    if (!problem) rest(box);
  };
  const inform = news => { toast(news); speak('live', news.text); };
  const warn = news => {
    const slot = one('dialog[open] [data-error]');
    if (slot) { slot.replaceChildren(make('span', news.text), ...links(news)); slot.hidden = false; return; }
    toast({ ...news, problem: true });
    speak('alert', news.text);
  };
  const news = event => ({ ...event.detail, text: event.detail.text ?? event.detail.value });
  on('toast', event => inform(news(event)));
  on('alert', event => warn(news(event)));
  on('htmx:oobAfterSwap', event => {
    if (event.detail.target.id !== 'toast') return;
    const box = byId('toast');
    speak('live', box.firstElementChild?.textContent ?? '');
    rest(box);
  });

  /* 2. Single-key shortcuts act where an element carries data-key, never in fields, dialogs or with modifiers. */
  const rows = () => all('[data-row]');
  const here = () => one('[data-row].cur') ?? document.activeElement?.closest('[data-row]');
  const select = (step, extend) => {
    const list = rows();
    if (!list.length) return;
    const from = here();
    const next = list[Math.max(0, Math.min(list.indexOf(from) + step, list.length - 1))];
    list.forEach(row => { row.classList.toggle('cur', row === next); row.removeAttribute('aria-current'); });
    next.setAttribute('aria-current', 'true');
    if (extend) [from, next].forEach(row => row && tick(row, true));
    one('a.ttl, a, button', next)?.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  };
  const tick = (row, value) => {
    const box = one('input[type=checkbox]', row);
    if (!box) return;
    box.checked = value ?? !box.checked;
    box.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const bulk = key => all('[data-bulk]:not([hidden])').flatMap(bar => all(`[data-key="${key}"]`, bar))[0];
  const named = key => {
    const match = `[data-key="${CSS.escape(key)}"]`;
    const row = here();
    return bulk(CSS.escape(key)) || (row && one(match, row))
      || all(match).find(el => !el.closest('[data-row]') && (el.checkVisibility() || el.closest('.side')));
  };
  let prefix = '';
  on('keydown', event => {
    const held = event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState('AltGraph'));
    if (root.dataset.keys === 'off' || held || event.key.length > 1) return;
    if (event.target.closest('input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable],dialog')) return;
    const key = event.key.toLowerCase();
    if (event.shiftKey && /[a-il-z]/.test(key)) return;
    if (key === 'g' && !prefix) { prefix = 'g '; setTimeout(() => { prefix = ''; }, 1500); return; }
    const found = named(prefix + key);
    const step = { j: 1, k: -1 }[key];
    const asked = prefix;
    prefix = '';
    if (found) {
      event.preventDefault();
      if (found.matches('textarea,input:not([type=checkbox])')) found.focus(); else found.click();
    } else if (!asked && step) {
      event.preventDefault();
      select(step, event.shiftKey);
    } else if (!asked && key === 'x' && here()) tick(here());
  });

  /* 2a. Z takes back the newest act only. In the review queue every button of the post answers to the queue. */
  on('htmx:afterSettle', event => {
    if (one('[data-key="z"]', event.target)) all('[data-key="z"]').forEach(el => { if (!event.target.contains(el)) delete el.dataset.key; });
  });
  on('htmx:configRequest', event => {
    const queue = one('[data-queue]');
    if (queue) event.detail.path = event.detail.path.replace(/^(?=\/posts\/\d+\/moves)/, `/review/${queue.dataset.queue}`);
  });

  on('keydown', event => {
    if (event.key === 'Escape' && !dialog?.open && !menus().length) one('[data-bulk]:not([hidden]) [data-clear]')?.click();
  });

  /* 3. The bar for several rows shows while something is ticked. */
  const count = () => all('[data-bulk]').forEach(bar => {
    const ticked = all('input[data-select]:checked').length;
    bar.hidden = !ticked;
    all('[data-count]', bar).forEach(el => { el.textContent = ticked; });
  });
  on('change', event => { if (event.target.matches('input[data-select]')) count(); });
  on('click', event => {
    if (!event.target.closest('[data-clear]')) return;
    event.preventDefault();
    all('input[data-select]:checked').forEach(box => { box.checked = false; });
    count();
  });
  count();

  /* 4. Menus close on Escape, on a click outside and after a choice; focus returns to the button. */
  const menus = () => all('details.menu[open]');
  on('click', event => menus().forEach(menu => {
    if (!menu.contains(event.target) || event.target.closest('.pop :is(a,button)')) menu.open = false;
  }));
  on('keydown', event => {
    if (event.key !== 'Escape') return;
    menus().forEach(menu => { menu.open = false; one('summary', menu).focus(); });
  });

  /* 5. Typed text survives every swap: a field with an id gets back what was typed unless its own form was accepted. */
  const FIELDS = 'textarea[id]:not([readonly]),input[id]:not([type=hidden],[type=checkbox],[type=radio],[type=file],[type=password])';
  const typedIn = part => (part ? all(FIELDS, part).filter(field => field.value !== field.defaultValue) : []);
  const typed = new Map();
  const giveBack = () => {
    typed.forEach((value, id) => {
      const field = byId(id);
      if (field) field.value = value; else keepAside(value);
    });
    typed.clear();
  };
  const keepAside = value => {
    const box = make('section', '', { className: 'notice g-review' });
    const text = make('textarea', '', { className: 'grow', readOnly: true, value, rows: 4 });
    text.setAttribute('aria-label', 'Your text');
    box.append(make('p', 'The field you were typing in is gone. Your text is kept here.'), text);
    byId('main').prepend(box);
    speak('alert', 'The field you were typing in is gone. Your text is kept at the top of the page.');
  };

  /* 6. The dialog: links with data-dialog let htmx fill it; without scripts they open a page with the same form. */
  const dialog = byId('dialog');
  const unsent = new Map();
  let opener = null;
  let from = {};
  const draftKey = () => one('form', dialog)?.id ?? '';
  const openDialog = () => {
    if (!dialog.open) {
      const before = opener ?? document.activeElement;
      from = { id: before.id, row: rows().indexOf(before.closest('[data-row]') ?? here()) };
      dialog.showModal();
    }
    typedBefore().forEach(([id, value]) => { const field = byId(id); if (field && !field.value) field.value = value; });
    (one('[autofocus],[data-focus]', dialog) ?? one('#dialog-title', dialog) ?? dialog).focus();
  };
  const typedBefore = () => unsent.get((opener?.id ?? '') + draftKey()) ?? [];
  on('click', event => {
    const asks = event.target.closest('[data-dialog]');
    if (asks) opener = asks;
    if (dialog?.open && (event.target === dialog || event.target.closest('#dialog [data-close]'))) {
      event.preventDefault();
      dialog.close();
    }
  });
  on('close-dialog', () => { unsent.clear(); dialog.close(); });
  dialog?.addEventListener('close', () => {
    const left = typedIn(dialog).map(field => [field.id, field.value]);
    const key = (opener?.id ?? '') + draftKey();
    if (left.length) unsent.set(key, left); else unsent.delete(key);
    dialog.replaceChildren();
    refocus(from);
    opener = null;
  });

  /* 7. After a swap what was unfolded stays so, and the focus stays: same id, else the row in its place, else the page. */
  let lost = null;
  let unfolded = [];
  const refocus = ({ id, row }) => {
    const list = rows();
    const inRow = row >= 0 ? list[Math.min(row, list.length - 1)] : null;
    const menu = byId(id)?.closest('details.menu:not([open])');
    const next = (menu && one('summary', menu)) || byId(id) || (inRow && one('a.ttl, a, button', inRow)) || byId('main');
    next.focus({ preventScroll: true });
  };
  on('htmx:beforeSwap', event => {
    const { xhr, target, requestConfig: { elt } } = event.detail;
    if (xhr.status === 401) { event.detail.shouldSwap = false; signedOut(); return; }
    const own = xhr.status < 400 ? elt.closest('form') : null;
    typedIn(target).filter(field => field.form !== own || !own).forEach(field => typed.set(field.id, field.value));
    if (xhr.status === 422 && dialog?.contains(elt)) Object.assign(event.detail, { target: dialog, swapOverride: 'innerHTML' });
    unfolded = all('details[open][id]', target).map(part => part.id);
    const focused = document.activeElement;
    if (target.contains(focused)) lost = { id: focused.id, row: rows().indexOf(focused.closest('[data-row]')) };
  });
  on('htmx:afterSwap', event => {
    unfolded.forEach(id => { const part = byId(id); if (part) part.open = true; });
    if (event.detail.target.id === 'dialog') openDialog();
  });
  on('htmx:afterSettle', () => {
    giveBack();
    if (lost && document.activeElement === document.body) refocus(lost);
    lost = null;
    count();
  });
  on('htmx:afterRequest', event => {
    const { elt, successful, target } = event.detail;
    release(elt.closest('form'));
    if (successful && elt.matches('form') && dialog?.contains(elt) && target !== dialog) { elt.reset(); dialog.close(); }
    if (!successful) all('form[data-autosave]').forEach(form => form.contains(elt) && elt === form && mark(form));
  });
  const silence = 'The desk did not answer. Nothing you typed was lost; try again.';
  ['htmx:sendError', 'htmx:timeout'].forEach(type => on(type, () => warn({ text: silence })));
  on('htmx:responseError', event => {
    const { xhr } = event.detail;
    if (xhr.status >= 500 && !xhr.getResponseHeader('HX-Trigger')) warn({ text: 'Something broke on our side. Nothing was published.' });
  });

  /* 8. Signed out in the meantime: the text stays on the page, and the page takes the new session's token afterwards. */
  let away = false;
  const signedOut = () => {
    away = true;
    const href = '/sign-in?next=' + encodeURIComponent(location.pathname);
    warn({ text: 'You were signed out. Sign in and come back here; your text is kept on this page.', href, label: 'Sign in', newTab: true });
  };
  const headers = () => JSON.parse(document.body.getAttribute('hx-headers') ?? '{}');
  window.addEventListener('focus', async () => {
    if (!away) return;
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
    const fresh = page?.body.getAttribute('hx-headers');
    if (!fresh) return;
    away = false;
    document.body.setAttribute('hx-headers', fresh);
    all('input[name=csrf_token]').forEach(field => { field.value = headers()['x-csrf-token']; });
    inform({ text: 'You are signed in again.' });
  });

  /* 9. A pressed button looks busy at once, and a form is not sent twice. */
  const release = form => {
    if (!form) return;
    delete form.dataset.busy;
    all('[aria-busy]', form).forEach(button => button.removeAttribute('aria-busy'));
  };
  on('submit', event => {
    const form = event.target;
    if ('busy' in form.dataset) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.busy = '';
    delete form.dataset.unsaved;
    (event.submitter ?? one('button', form))?.setAttribute('aria-busy', 'true');
    setTimeout(() => release(form), 10000);
  }, true);
  window.addEventListener('pageshow', () => all('form[data-busy]').forEach(release));

  /* 10. The editor: autosave after five quiet seconds, the usual keys, a question only when text is unsaved. */
  let pause;
  const mark = form => { form.dataset.unsaved = ''; };
  const tell = (form, text) => all('[data-saved]', form).forEach(el => { el.textContent = text; });
  const clock = () => new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const autosave = async form => {
    if (!('unsaved' in form.dataset) || 'busy' in form.dataset) return;
    delete form.dataset.unsaved;
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === 'string'));
    const answer = await fetch(form.dataset.autosave, { method: 'POST', body, headers: headers(), keepalive: true }).catch(() => null);
    if (answer?.ok) { if (!('unsaved' in form.dataset)) tell(form, 'Saved ' + clock()); return; }
    mark(form);
    if (answer?.status === 401) signedOut();
    tell(form, answer?.status === 409 ? 'Not saved: someone saved a newer version' : 'Not saved yet');
    if (!answer || answer.status >= 500) { clearTimeout(pause); pause = setTimeout(() => autosave(form), 15000); }
  };
  on('input', event => {
    const form = event.target.closest('form[data-autosave]');
    if (!form) return;
    mark(form);
    tell(form, 'Not saved yet');
    clearTimeout(pause);
    pause = setTimeout(() => autosave(form), 5000);
  });
  on('visibilitychange', () => { if (document.hidden) all('form[data-unsaved]').forEach(autosave); });
  window.addEventListener('beforeunload', event => { if (one('form[data-unsaved]')) event.preventDefault(); });
  const send = form => form.requestSubmit(one('button:not([type=button],[formmethod=dialog])', form) ?? undefined);
  on('keydown', event => {
    const field = event.target;
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !field.form) return;
    const key = event.key.toLowerCase();
    const tool = one(`markdown-toolbar[for="${CSS.escape(field.id)}"] [data-md-button="${{ b: 'bold', i: 'italic', k: 'link' }[key]}"]`);
    if (tool) { event.preventDefault(); tool.click(); }
    if (key === 'enter' || (key === 's' && field.form.dataset.autosave)) { event.preventDefault(); send(field.form); }
  });

  /* 11. Light or dark, kept in a cookie so the server renders it and nothing flashes. */
  on('click', event => {
    if (!event.target.closest('[data-theme-switch]')) return;
    event.preventDefault();
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
    speak('live', dark ? 'Light theme.' : 'Dark theme.');
  });

  /* 12. Dragging is in calendar.js, on the calendar only; a dialog that a drop opens gives the focus back to the card. */
  on('drag-asks', event => { opener = event.target; });

  /* 13. Copy a link; focus what a plain page load wants read first; let a flashed sentence leave. */
  on('click', event => {
    const source = event.target.closest('[data-copy]');
    if (!source) return;
    event.preventDefault();
    const { copy } = source.dataset;
    copyOut(copy[0] === '/' ? location.origin + copy : copy).then(
      () => inform({ text: 'Copied.' }), () => warn({ text: 'Your browser does not let this page copy.' }));
  });
  const copyOut = async text => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = make('textarea', '', { value: text });  // a plain http address has no clipboard
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    focused?.focus();
    if (!done) throw new Error('refused');
  };
  one('[data-focus]')?.focus();
  const flash = byId('toast');
  if (flash && !flash.hidden) inform({ text: flash.textContent.trim() });

  /* 14. Comments: a paragraph's control leads into the field; a name beside the field is put into it. */
  let wanted = '';
  on('click', event => {
    wanted = event.target.closest('[data-focuses]')?.dataset.focuses ?? '';
    const name = event.target.closest('[data-insert]');
    const field = byId(name?.dataset.insert);
    if (!field) return;
    field.setRangeText(name.textContent + ' ', field.selectionStart, field.selectionEnd, 'end');
    field.focus();
  });
  on('htmx:afterSettle', () => { byId(wanted)?.focus(); wanted = ''; });

  /* 15. "Select all 128" ticks the rows of this page too, and stands for the others; a row taken out ends it. */
  on('change', event => {
    const every = one('[data-all]');
    if (!every || !event.target.matches('[data-all],input[data-select]')) return;
    if (event.target === every) all('input[data-select]').forEach(box => { box.checked = every.checked; });
    else every.checked = every.checked && event.target.checked;
    count();
    if (every.checked) all('[data-count]').forEach(el => { el.textContent = every.dataset.all; });
  });
  on('click', event => { if (event.target.closest('[data-clear]')) all('[data-all]').forEach(box => { box.checked = false; }); });

  /* 20. Words typed into a field of several lines outlive a reload or a crash of this tab until they are sent. They are
     put back where the field still says what it said then; else they are shown beside it. */
  const AREAS = 'form:not([data-autosave]) textarea[id]:not([readonly])';
  const store = (() => { try { return window.sessionStorage; } catch { return null; } })();
  const keyOf = field => `typed ${field.form.getAttribute('action')} ${field.form.id} ${field.id}`;
  const forget = keys => keys.forEach(key => store.removeItem(key));
  const restore = () => all(AREAS).forEach(field => {
    const [was, value] = JSON.parse(store.getItem(keyOf(field)) ?? '[]');
    if (value === undefined || value === field.value || field.value !== field.defaultValue) return;
    if (was === field.defaultValue) { field.value = value; return; }
    forget([keyOf(field)]);
    keepAside(value);
  });
  const keysIn = form => all('textarea[id]', form).map(keyOf);
  if (store) {
    const [page] = performance.getEntriesByType('navigation');
    if (!(page?.responseStatus >= 400)) forget(JSON.parse(store.getItem('sent') ?? '[]'));
    store.removeItem('sent');
    on('input', ({ target }) => {
      if (!target.matches(AREAS)) return;
      try { store.setItem(keyOf(target), JSON.stringify([target.defaultValue, target.value])); } catch { /* it is full */ }
    });
    on('submit', ({ target }) => {
      if (target.getAttribute('action') === '/sign-out') store.clear();
      else if (!target.hasAttribute('hx-post')) store.setItem('sent', JSON.stringify(keysIn(target)));
    });
    on('htmx:beforeOnLoad', ({ detail: { xhr, requestConfig: { elt } } }) => { if (xhr.status < 400 && elt.matches('form')) forget(keysIn(elt)); });
    on('htmx:afterSettle', restore);
    restore();
  }

  /* 21. Live. While something here is being worked on, one stream tells names of posts, and what shows them asks for
     itself anew. A hint only: it asks every 15 seconds all the same, with or without a stream. `data-live` names the
     post of a part; a part without a name is asked for while any mark in it says "in progress". */
  const live = () => all('[data-live]').filter(el => el.dataset.live || one('.pill.g-work,.ev.g-work', el));
  const busy = el => !el.dataset.live && (one('input:checked:not([type=radio]),details[open]', el) || el.contains(document.activeElement) && document.activeElement.matches('input,textarea,select'));
  const ask = el => {
    if (el.dataset.live) htmx.trigger(el, 'live');
    else htmx.ajax('GET', location.pathname + location.search, { source: el, target: el, swap: 'morph:outerHTML', select: `#${el.id}` });
  };
  const anew = name => live().filter(el => (!name || !el.dataset.live || el.dataset.live === name) && !busy(el)).forEach(ask);
  const told = new Set();
  let stream = null, soon = 0;
  const listen = () => {
    const wanted = !document.hidden && live().length > 0;
    if (!wanted || stream?.readyState === 2) { stream?.close(); stream = null; }
    if (!wanted || stream || !window.EventSource) return;
    stream = new EventSource('/events');
    stream.onmessage = ({ data }) => {
      told.add(data);
      soon ||= setTimeout(() => { soon = 0; const names = [...told]; told.clear(); names.length > 3 || names.includes('all') ? anew('') : names.forEach(anew); }, 200);
    };
  };
  on('visibilitychange', () => { listen(); if (!document.hidden) anew(''); });
  on('htmx:afterSettle', listen);
  addEventListener('pagehide', () => { stream?.close(); stream = null; });
  addEventListener('pageshow', listen);
  setInterval(() => { if (!document.hidden) anew(''); }, 15000);

  /* 22. On a phone the menu of the settings is longer than the screen: it begins where one is. */
  one('.subnav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
})();
