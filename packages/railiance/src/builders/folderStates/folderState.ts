import { hash } from 'node:crypto';

import { fileState, type LeaveOut, readSourceFolder, type SourceFile, walkSourceFolder } from '../sourceFiles.ts';

/** What a folder with thousands of files comes down to, so that none of them has to be kept in mind. */
export interface FolderState {
  /** Hex digits that differ whenever path, size, mode, change time or inode of a file do, or where a link leads. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** Change time of the youngest file, in milliseconds since the epoch. */
  readonly newestMs: number;
  /** Paths of the files that may be machine code, by their names and modes. Links are not among them. */
  readonly binaries: readonly string[];
}

/** A folder known by its state. Its files are named only where something is made of them. */
export interface KnownFolder {
  readonly directory: string;
  readonly state: FolderState;
  /** Reads what is there now. */
  files(): readonly SourceFile[];
}

export function knownFolder(directory: string, leaveOut: LeaveOut, state = readFolderState(directory, leaveOut)) {
  return { directory, state, files: () => readSourceFolder(directory, leaveOut).files } satisfies KnownFolder;
}

/** A package as it was installed, without the packages in its own node_modules. */
export const ownModulesOnly: LeaveOut = (path) => path === 'node_modules/';

const machineCode = /\.(?:node|wasm)$|\.so(?:\.|$)/;

/** Add-ons, libraries and WebAssembly, which are looked for beside the file that asks for them. */
export function isMachineCode(path: string): boolean {
  return machineCode.test(path);
}

const valuesEach = 4;

/** One for all folders: it is as big as the largest needs. */
let values = new Float64Array(valuesEach * 1024);

/** @throws Failure naming a symbolic link that leads out of the folder */
export function readFolderState(directory: string, leaveOut: LeaveOut): FolderState {
  const binaries: string[] = [];
  let names = '';
  let used = 0;
  let sizeBytes = 0;
  let newestMs = 0;
  walkSourceFolder(directory, leaveOut, (path, stat, target) => {
    const { sizeBytes: size, executable, changedMs, inode } = fileState(stat);
    if (target === undefined && mayBeMachineCode(path, executable)) binaries.push(path);
    // A NUL is in no path: no two folders read the same.
    names += `${path}\0${target ?? ''}\0`;
    if (used + valuesEach > values.length) values = grown(values);
    values[used++] = size;
    values[used++] = executable ? 1 : 0;
    values[used++] = changedMs;
    values[used++] = inode;
    sizeBytes += size;
    if (changedMs > newestMs) newestMs = changedMs;
  });
  const digest = hash('sha256', names) + hash('sha256', new Uint8Array(values.buffer, 0, used * 8));
  return { digest, sizeBytes, newestMs, binaries };
}

/** A program has no ending. */
function mayBeMachineCode(path: string, executable: boolean): boolean {
  return isMachineCode(path) || (executable && !path.slice(path.lastIndexOf('/') + 1).includes('.'));
}

function grown(full: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(full.length * 2);
  larger.set(full);
  return larger;
}
