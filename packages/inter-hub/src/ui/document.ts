import { assetUrl } from './assets.ts';
import { type Html, html, nothing } from './html.ts';

export interface Document {
  readonly title: string;
  readonly body: Html;
  /** Loads the script for live updates and keys. */
  readonly interactive?: boolean;
}

/** One whole HTML page. */
export function document({ title, body, interactive = false }: Document): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Inter-Hub</title>
<link rel="icon" href="${assetUrl('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetUrl('app.css')}">
${interactive ? html`<script src="${assetUrl('app.js')}" defer></script>` : nothing}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
${body}
</body>
</html>`;
}
