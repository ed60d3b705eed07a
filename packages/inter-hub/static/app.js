// Live updates, keys and local times. Every page is whole without it.

const live = document.querySelector('[data-live-state]');
const typing = (element) => element?.closest('input, textarea, select, [contenteditable]') !== null;

function localTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const date = new Date(time.dateTime);
    time.title = date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
  }
}

function say(state, words) {
  if (!live) return;
  live.dataset.state = state;
  live.textContent = words;
}

/** What each live part was when it came from the hub: local times change it afterwards. */
const cameAs = new WeakMap();

// The page asks for itself again and takes over what is marked live. Whoever is reading, typing, choosing or about to
// press a button inside such a part is not disturbed: that part waits for the next time.
async function refresh() {
  // The hub is told that nobody asked: a page left open must not keep its session from ending.
  const headers = { accept: 'text/html', 'x-live-update': '1' };
  const response = await fetch(location.href, { headers, credentials: 'same-origin' });
  if (response.redirected) location.reload();
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live][id]')) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === cameAs.get(part)) continue;
    const busy = part.contains(document.activeElement) && document.activeElement.closest('form') !== null;
    if (busy || part.querySelector('details[open]') || String(getSelection()) !== '') continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    part.innerHTML = next.innerHTML;
    cameAs.set(part, next.innerHTML);
    localTimes(part);
    if (focused !== null) stayAt(part.querySelector(`a[href="${CSS.escape(focused)}"]`));
  }
}

function follow() {
  let timer;
  const stream = new EventSource('/live');
  stream.addEventListener('open', () => say('on', 'Live'));
  stream.addEventListener('error', () => say('off', 'Reconnecting'));
  stream.addEventListener('change', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      refresh()
        .then(() => say('on', `Live, updated ${new Date().toLocaleTimeString()}`))
        .catch(() => say('off', 'Not updated'));
    }, 400);
  });
}

let current = -1;
const rowsThere = () => [...document.querySelectorAll('[data-row]')];

function move(step) {
  const rows = rowsThere();
  if (rows.length === 0) return;
  rows[current]?.removeAttribute('data-current');
  current = Math.min(rows.length - 1, Math.max(0, current + step));
  const row = rows[current];
  row.setAttribute('data-current', '');
  row.scrollIntoView({ block: 'nearest' });
  row.querySelector('a, button')?.focus({ preventScroll: true });
}

// New rows above must not move the reader to another one.
function stayAt(link) {
  if (!link) return;
  link.focus({ preventScroll: true });
  const row = link.closest('[data-row]');
  if (!row || current < 0) return;
  current = rowsThere().indexOf(row);
  row.setAttribute('data-current', '');
}

function showKeys() {
  const dialog = document.createElement('dialog');
  dialog.className = 'keys';
  dialog.setAttribute('aria-labelledby', 'keys-title');
  const title = document.createElement('h2');
  title.id = 'keys-title';
  title.textContent = 'Keys';
  const list = document.createElement('dl');
  list.className = 'facts';
  const lines = [
    ['/', 'Search or filter'],
    ['j  k', 'Next and previous row'],
    ['Enter', 'Open the row'],
    ...[...document.querySelectorAll('a[data-key]')].map((a) => [`g  ${a.dataset.key}`, a.firstChild.textContent]),
    ['Esc', 'Close'],
  ];
  for (const [keys, words] of lines) {
    const term = document.createElement('dt');
    for (const key of keys.split('  ')) {
      const shown = document.createElement('kbd');
      shown.textContent = key;
      term.append(shown, ' ');
    }
    const what = document.createElement('dd');
    what.textContent = words;
    list.append(term, what);
  }
  dialog.append(title, list);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

let going = 0;
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]'))
    return;
  const waited = Date.now() - going < 1500;
  going = 0;
  const place = waited ? document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`) : null;
  if (place) location.assign(place.href);
  else if (event.key === 'g') going = Date.now();
  else if (event.key === 'j') move(1);
  else if (event.key === 'k') move(-1);
  else if (event.key === '?') showKeys();
  else if (event.key === '/') {
    const field = document.querySelector('.filters input[type="search"]');
    if (field) field.focus();
    else location.assign('/search');
  } else return;
  event.preventDefault();
}

// On a wide page the list of places is always open; on a narrow one it is behind its button.
const menu = document.querySelector('[data-menu]');
const wide = matchMedia('(min-width: 64rem)');
const fit = () => menu?.toggleAttribute('open', wide.matches);
wide.addEventListener('change', fit);
fit();

for (const form of document.querySelectorAll('[data-filters]')) {
  form.addEventListener('change', (event) => event.target.matches('select') && form.requestSubmit());
  // Empty filters stay out of the address.
  form.addEventListener('formdata', (event) => {
    for (const [name, value] of [...event.formData]) if (value === '') event.formData.delete(name);
  });
}
addEventListener('keydown', onKey);
for (const part of document.querySelectorAll('[data-live][id]')) cameAs.set(part, part.innerHTML);
localTimes(document);
if (live) follow();
