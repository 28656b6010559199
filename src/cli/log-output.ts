/** What may wait for whoever reads the output; with more, lines are left out instead of filling the memory. */
const mostWaitingCharacters = 16 * 1024 * 1024;

/** Where text is written to; `done` is called when it has left the process. */
interface Output {
  write(text: string, done: () => void): unknown;
}

/**
 * Hands text on to an output that may stand still, as a pipe does that nobody reads: what waits there is bounded, and what
 * does not fit is left out and counted. `onLeftOut` is told of the number of lines once there is room again. Never waits.
 */
export function createLogOutput(output: Output, onLeftOut: (lines: number) => void, mostWaiting = mostWaitingCharacters): (text: string) => void {
  let waiting = 0;
  let leftOut = 0;
  return (text) => {
    if (waiting > mostWaiting) {
      leftOut += text.split("\n").length - 1;
      return;
    }
    waiting += text.length;
    output.write(text, () => {
      waiting -= text.length;
      if (leftOut === 0 || waiting > 0) return;
      const lines = leftOut;
      leftOut = 0;
      onLeftOut(lines);
    });
  };
}
