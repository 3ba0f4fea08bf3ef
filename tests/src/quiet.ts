/** Imported before `@livekit/rtc-node`, whose logger otherwise writes debugging lines to standard output. */
process.env["NODE_ENV"] ??= "production";
