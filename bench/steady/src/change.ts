export const change = 'one';
