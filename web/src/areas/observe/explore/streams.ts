/** Labels that say where a stream comes from; others were found in single lines. */
const origins = ['cluster', 'namespace', 'pod', 'container', 'job', 'run', 'step', 'service_name', 'source'];

/** The selector of the stream that a line is of. */
export function streamOf(labels: Readonly<Record<string, string>>): string {
  return `{${origins.filter((name) => labels[name]).map((name) => `${name}=${JSON.stringify(labels[name])}`).join(', ')}}`;
}

/** The selector of a query, without what follows it. */
export function selectorOf(expression: string): string {
  const open = expression.indexOf('{');
  let quote = '';
  for (let at = open; at >= 0 && at < expression.length; at++) {
    const one = expression[at]!;
    if (quote) {
      if (one === '\\' && quote === '"') at++;
      else if (one === quote) quote = '';
    } else if (one === '"' || one === '`') {
      quote = one;
    } else if (one === '}') {
      return expression.slice(open, at + 1);
    }
  }
  return expression;
}
