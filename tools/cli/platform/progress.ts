import ora from 'ora';

/** What a command that takes a while shows on standard error. */
export interface Progress {
  /** A step begins; how many seconds it should take, if anybody knows. */
  begin(text: string, seconds?: number): void;
  /** The step that runs is done. */
  done(text: string): void;
  /** No step runs any more. */
  end(): void;
}

/** A line that moves on a terminal; elsewhere one line for each step. */
export function progress(): Progress {
  // A terminal that nobody has given a size to has 0 columns, by which ora divides, and then clears lines for ever.
  return process.stderr.isTTY && process.stderr.columns > 0 ? moving() : plain();
}

function moving(): Progress {
  const spinner = ora({ stream: process.stderr });
  let tick: NodeJS.Timeout | undefined;
  const end = () => {
    clearInterval(tick);
    spinner.stop();
  };
  return {
    begin: (text, seconds) => {
      clearInterval(tick);
      const start = Date.now();
      const limit = seconds === undefined ? '' : ` of about ${clock(seconds)}`;
      const show = () => {
        spinner.text = `${text}  ${clock((Date.now() - start) / 1000)}${limit}`;
      };
      show();
      spinner.start();
      tick = setInterval(show, 1000);
    },
    done: (text) => {
      clearInterval(tick);
      spinner.succeed(text);
    },
    end,
  };
}

function plain(): Progress {
  const write = (text: string) => process.stderr.write(`${text}\n`);
  return {
    begin: (text, seconds) => write(`${text}${seconds === undefined ? '' : ` (about ${clock(seconds)})`} ...`),
    done: write,
    end: () => {},
  };
}

/** Minutes and seconds. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
