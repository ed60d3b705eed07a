import { createLocalExec } from '../exec/localExec.ts';
import { builderContract, noRegistry } from './contract.ts';
import { nodeBuilder } from './node.ts';

builderContract('node', {
  make: (cacheDir) => nodeBuilder({ exec: createLocalExec(), cacheDir, registryFor: noRegistry }),
  tree: {
    'package.json': { name: 'probe', version: '1.0.0', main: 'server.js', dependencies: { greet: '^1.0.0' } },
    'server.js': "require('greet')('world');",
    'node_modules/greet/package.json': { name: 'greet', version: '1.2.3' },
    'node_modules/greet/index.js': "module.exports = (name) => console.log('hello', name);",
  },
  file: 'server.js',
  other: "require('greet')('there');",
  makesImage: true,
});
