export { findLeaf, replaceText, setValue, unsetValue } from './change.ts';
export { compareSops, type NameChange } from './compare.ts';
export { readConflict, type Sides, writeConflict } from './conflict.ts';
export { type CreationRule, creationRule, findCreationRule } from './creationRules.ts';
export { addressesOf, decryptedText, environmentOf, type PlainTree, plainTexts, plainTree } from './decrypt.ts';
export { type EncryptOptions, encryptText } from './encrypt.ts';
export type { FormatName } from './formats/format.ts';
export { formatOfFile } from './formats/formats.ts';
export { type MergeResult, mergeSops } from './merge.ts';
export { type AgeKey, type Metadata, otherKeyServices } from './metadata.ts';
export {
  isEncrypted,
  namesOf,
  type OpenedFile,
  type OpenedLeaf,
  openSops,
  openWithSameKey,
  plainLeaves,
  readSops,
  type SealedFile,
} from './open.ts';
export { addRecipient, removeRecipient, rotateDataKey } from './recipients.ts';
export { defaultRules, type EncryptionRules } from './rules.ts';
export { type PlainValue, plainValue, type Scalar, sameScalar } from './scalar.ts';
export { SopsError, type SopsErrorCode } from './sopsError.ts';
export { type Address, addressLabel, parseAddress } from './tree.ts';
