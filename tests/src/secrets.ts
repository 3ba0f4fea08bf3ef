/** Every secret that passes through this process, so that the last test can look for each one in what the product wrote. */

const SHORTEST = 12;

class Secrets {
  private readonly seen = new Set<string>();

  remember(...values: string[]): void {
    for (const value of values) if (value.length >= SHORTEST) this.seen.add(value);
  }

  /** The secrets, and of each JSON Web Token also its signature: a log may have cut the rest off. */
  all(): string[] {
    const parts = [...this.seen].flatMap((value) => {
      const signature = /^ey[\w-]+\.[\w-]+\.([\w-]{20,})$/.exec(value)?.[1];
      return signature === undefined ? [value] : [value, signature];
    });
    return [...new Set(parts)];
  }
}

export const secrets = new Secrets();
