/** Throw-away keys of the tests and their vectors. They protect nothing. */
export const identity = 'AGE-SECRET-KEY-17ES0T9DCXE7YKJ3LF0P2ET80XNSJ48Y6JLS8N0ZPGLUXRWSVGE3SL79ARM';
export const recipient = 'age1plx58srkwpsep9g79hrs2djet9vy0022qgjxwcy9kcgajpe9j4wqxlpvq4';
export const otherIdentity = 'AGE-SECRET-KEY-1EKMLUFE7ARQ776G6P5GWYMCLVRU4VD2ELT0N9SX2NGD6K5EU6ASQ50KZSW';
export const otherRecipient = 'age1kvcr699hhwrkxqvrrstacayq5p8j4f9mup2m6mltthuk9rlz6g8sp485k7';
