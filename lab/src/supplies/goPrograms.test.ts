import assert from 'node:assert/strict';
import { test } from 'node:test';

import { wrapperModule } from './goPrograms.ts';

const upstream = `module k8s.io/kubernetes

go 1.25.0

godebug default=go1.25

require (
\tgithub.com/spf13/cobra v1.9.1
\tk8s.io/api v0.0.0
\tk8s.io/utils v0.0.0-20251002143259-bc988d571ff4
)

require (
\tk8s.io/metrics v0.0.0 // indirect
)

replace (
\tk8s.io/api => ./staging/src/k8s.io/api
\tk8s.io/metrics => ./staging/src/k8s.io/metrics
)
`;

test('the staging folders of Kubernetes become the modules that are published from them', () => {
  assert.equal(
    wrapperModule(upstream, '1.35.4'),
    `module lab
go 1.25.0
godebug default=go1.25
require k8s.io/kubernetes v1.35.4
require (
\tgithub.com/spf13/cobra v1.9.1
\tk8s.io/api v0.35.4
\tk8s.io/utils v0.0.0-20251002143259-bc988d571ff4
\tk8s.io/metrics v0.35.4 // indirect
)
replace (
\tk8s.io/api => k8s.io/api v0.35.4
\tk8s.io/metrics => k8s.io/metrics v0.35.4
)
`,
  );
});
