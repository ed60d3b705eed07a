import { builderContract } from '../builders/contract.ts';
import { fakeBuilder } from './fakeBuilder.ts';

builderContract('fake', {
  make: fakeBuilder,
  tree: { fake: 'yes', 'src/main.txt': 'hello' },
  file: 'src/main.txt',
  other: 'hallo',
  makesImage: true,
});
