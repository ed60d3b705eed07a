import type { Probe } from './probes.ts';

/** What runs here: railiance gives both to every app. */
export interface Release {
  readonly tag: string;
  readonly stage: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose values are escaped; lists and other templates are put in as they are. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html | readonly Html[])[]): Html {
  const insert = (value: (typeof values)[number] | undefined): string => {
    if (value === undefined) return '';
    if (value instanceof Html) return value.text;
    if (typeof value === 'object') return value.map(({ text }) => text).join('');
    return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '');
  };
  return new Html(parts.map((part, index) => part + insert(values[index])).join(''));
}

export function probesPage(probes: readonly Probe[], release: Release, problem = ''): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Probe</title>
  <link rel="stylesheet" href="/static/app.css">
</head>
<body>
  <header>
    <h1>Probe</h1>
    <p class="release">release <b>${release.tag}</b> on <b>${release.stage}</b></p>
  </header>
  <main>
    <form method="post" action="/probes">
      <label for="name">Name of a new probe</label>
      <div class="row">
        <input id="name" name="name" required maxlength="100" autocomplete="off" placeholder="say, north window">
        <button>Add probe</button>
      </div>
      ${problem === '' ? html`` : html`<p class="problem" role="alert">${problem}</p>`}
    </form>
    ${probes.length === 0 ? html`<p class="empty">No probes yet. Add the first one.</p>` : table(probes)}
  </main>
</body>
</html>
`;
  return page.text;
}

function table(probes: readonly Probe[]): Html {
  const rows = probes.map(({ id, name, created_at: added }) => {
    const time = added.toISOString();
    const shown = `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
    return html`<tr><td>${id}</td><td>${name}</td><td><time datetime="${time}">${shown}</time></td></tr>`;
  });
  return html`<table>
      <thead><tr><th scope="col">No.</th><th scope="col">Name</th><th scope="col">Added</th></tr></thead>
      <tbody>${rows}</tbody>
    </table>`;
}
