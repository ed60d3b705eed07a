import { defineDoctorCheck } from './doctorCheck.ts';

const needed = 24;

export const nodeCheck = defineDoctorCheck({
  name: 'node',
  async look() {
    const { node } = process.versions;
    const works = Number(node.split('.')[0]) >= needed;
    const summary = `${node} at ${process.execPath}`;
    return works ? { works, summary } : { works, summary, hint: `install Node ${needed} or newer: https://nodejs.org` };
  },
});
