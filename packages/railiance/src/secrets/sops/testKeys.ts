/** Throw-away keys of the tests and their vectors. They protect nothing. */
export const identity = 'AGE-SECRET-KEY-17ES0T9DCXE7YKJ3LF0P2ET80XNSJ48Y6JLS8N0ZPGLUXRWSVGE3SL79ARM';
export const recipient = 'age1plx58srkwpsep9g79hrs2djet9vy0022qgjxwcy9kcgajpe9j4wqxlpvq4';
