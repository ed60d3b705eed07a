/** A client that dies in the middle: `node clientProgram.ts start|task <JSON spec>`, $RAILIANCE_HOME. */
import { homeAt } from '../../config/home.ts';
import { systemClock } from '../../domain/clock.ts';
import { silent } from '../../domain/progress.ts';
import { createLocalEngine } from '../../engines/local/localEngine.ts';

const [method, text = ''] = process.argv.slice(2);
const engine = createLocalEngine({ home: homeAt(process.env), startAgent: async () => {}, clock: systemClock });
const context = { fencing: 1, signal: new AbortController().signal, progress: silent };
if (method === 'start') await engine.start(JSON.parse(text), context);
else await engine.task(JSON.parse(text), context);
