/** Builds the page, serves it, prints the address, and opens a browser when there is a screen to open one on. */
import { build, preview } from 'vite';

const hasScreen =
  !process.env.CI && (process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY));

await build({ logLevel: 'warn' });
const server = await preview({ preview: { port: Number(process.env.PORT ?? 4173), open: hasScreen } });
console.log('CoSR Playground is ready:');
server.printUrls();
