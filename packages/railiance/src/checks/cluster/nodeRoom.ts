import { isStatus } from '../../kubernetes/apiError.ts';
import { pathOf } from '../../kubernetes/objects.ts';
import { defineCheck } from '../check.ts';
import { look } from '../look.ts';
import { type ClusterInput, named, patient } from './clusterCheck.ts';
import { type ClusterNode, conditionOf, listNodes } from './nodes.ts';

export interface NodeRoomInput extends ClusterInput {
  /** What one copy of the app asks for. */
  readonly memoryBytes: number;
  /** What the image takes on a node that does not have it. */
  readonly imageBytes: number;
}

/** The parts of the kubelet's own figures that are read. Source: k8s.io/kubelet/pkg/apis/stats/v1alpha1. */
interface Summary {
  readonly node: {
    readonly memory?: { readonly availableBytes?: number };
    readonly fs?: FileSystem;
    readonly runtime?: { readonly imageFs?: FileSystem };
  };
}

interface FileSystem {
  readonly availableBytes?: number;
  readonly capacityBytes?: number;
}

interface Room {
  readonly node: string;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  readonly diskShare?: number;
  /** Conditions such as DiskPressure that hold. */
  readonly pressures: readonly string[];
}

const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];
/** The kubelet begins to evict below a tenth, and stops taking pods at 15 % free for images. */
const leastShare = 0.1;
/** Asking each of hundreds of nodes would take longer than the answer is worth. */
const mostAsked = 10;
/** A kubelet counts these figures at every question. */
const figuresMs = 3_000;

/** Have the nodes disk and memory for one more copy and its image? */
export const nodeRoomCheck = defineCheck<NodeRoomInput>({
  name: 'node room',
  run: ({ api, memoryBytes, imageBytes }, context) =>
    look('node room', async () => {
      const signal = patient(context.signal);
      const { open } = await listNodes(api, signal);
      const rooms = await Promise.all(open.map((node, at) => roomOf(api, node, at < mostAsked, signal)));
      const pressed = rooms.filter((room) => room.pressures.length > 0);
      const enough = rooms.filter((room) => hasRoom(room, memoryBytes, imageBytes));
      const evidence = { rooms: rooms.slice(0, mostAsked), memoryBytes, imageBytes };
      if (pressed.length > 0) {
        const words = pressed.map(({ node, pressures: held }) => `${node} has ${held.join(', ')}`);
        const hint = `kubectl describe node ${pressed[0]?.node}`;
        return { verdict: 'fail', summary: named(words), hint, evidence };
      }
      const [first] = rooms;
      if (enough.length > 0) return { verdict: 'pass', summary: roomWords(enough[0] ?? first), evidence };
      const hint = 'free some there (`crictl rmi --prune` removes unused images), or add a node';
      return { verdict: 'fail', summary: `${roomWords(first)}: too little for one more copy`, hint, evidence };
    }),
});

async function roomOf(api: ClusterInput['api'], node: ClusterNode, ask: boolean, signal: AbortSignal): Promise<Room> {
  const { name } = node.metadata;
  const known = { node: name, pressures: pressures.filter((type) => conditionOf(node, type)?.status === 'True') };
  if (!ask) return known;
  const within = AbortSignal.any([signal, AbortSignal.timeout(figuresMs)]);
  try {
    const path = `${pathOf('nodes', undefined, name)}/proxy/stats/summary`;
    const { node: stats } = await api.call<Summary>(path, { signal: within });
    const disk = stats.runtime?.imageFs ?? stats.fs;
    const { availableBytes, capacityBytes } = disk ?? {};
    return {
      ...known,
      ...(stats.memory?.availableBytes !== undefined && { memoryBytes: stats.memory.availableBytes }),
      ...(availableBytes !== undefined && { diskBytes: availableBytes }),
      ...(availableBytes !== undefined && capacityBytes && { diskShare: availableBytes / capacityBytes }),
    };
  } catch (error) {
    // Who may deploy need not have the right to ask a node, and a busy one takes its time: its conditions have to do then.
    if (isStatus(error, 403, 404, 500, 502, 503) || (within.aborted && !signal.aborted)) return known;
    throw error;
  }
}

/** What is not known does not count against a node: its conditions say that nothing presses. */
function hasRoom({ memoryBytes = Infinity, diskBytes = Infinity, diskShare = 1 }: Room, memory: number, image: number) {
  return memoryBytes >= memory && diskBytes >= 2 * image && diskShare >= leastShare;
}

function roomWords(room: Room | undefined): string {
  if (room === undefined) return 'no node takes pods';
  const { node, memoryBytes, diskBytes } = room;
  const known = [
    ...(memoryBytes === undefined ? [] : [`${gib(memoryBytes)} of memory`]),
    ...(diskBytes === undefined ? [] : [`${gib(diskBytes)} of disk`]),
  ];
  return known.length === 0 ? `${node} is under no pressure` : `${node} has ${known.join(' and ')} free`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
