// What a plugin has besides the language: a log. There are no timers, no network, no files, no `process`.

interface Log {
  debug(...parts: unknown[]): void;
  log(...parts: unknown[]): void;
  info(...parts: unknown[]): void;
  warn(...parts: unknown[]): void;
  error(...parts: unknown[]): void;
}

declare const console: Log;
