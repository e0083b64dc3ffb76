import { createInterface } from 'node:readline';

/** Answers asks of standard input, a line of JSON each, in order, until it ends. */
export async function answerWith(answers) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { ask, body } = JSON.parse(line);
    const answer = await answers[ask](body).catch((error) => ({ error: String(error) }));
    // The backend logs to standard output too.
    process.stdout.write(`answer: ${JSON.stringify(answer)}\n`);
  }
  process.exit();
}
