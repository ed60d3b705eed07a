import { assetUrl } from '../ui/assets.ts';
import { brand } from '../ui/brand.ts';
import { type Html, html } from '../ui/html.ts';

/** The API reference: Swagger UI, served by the hub itself, over its own document. */
export function docsPage(): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference · Inter-Hub</title>
<link rel="icon" href="${assetUrl('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetUrl('swagger-ui.css')}">
<link rel="stylesheet" href="${assetUrl('app.css')}">
<script src="${assetUrl('swagger-ui.js')}" defer></script>
<script src="${assetUrl('docs.js')}" defer></script>
</head>
<body class="docs">
<header class="docs-head"><a href="/">${brand}</a><nav aria-label="Main"><a href="/capabilities">Capabilities</a><a href="/api/v2/openapi.json">OpenAPI document</a></nav></header>
<main id="main"><h1 class="visually-hidden">API reference</h1><div id="reference"></div><noscript><p class="notice">The reference needs JavaScript. <a href="/api/v2/openapi.json">The OpenAPI document</a> has everything it shows.</p></noscript></main>
</body>
</html>`;
}
