import * as tf from '@tensorflow/tfjs-core';
import { openNodeBackend } from './backend.ts';
import { presets } from '../src/presets/presets.ts';
import { loadParams } from '../src/nn/params.ts';
import { unetParamShapes } from '../src/nn/unet-shapes.ts';
import { unetSwin } from '../src/nn/unet-swin.ts';
import { autoencoderParamShapes, decode, encode } from '../src/nn/vqgan.ts';
import { hashedParameter } from './parity/hash.ts';
await openNodeBackend('wasm');
const p=presets.nano; const s=Number(process.argv[2]??64);
const ae=await loadParams(autoencoderParamShapes(p.autoencoder), async n=>hashedParameter('a',n,autoencoderParamShapes(p.autoencoder).get(n)??[]));
const un=await loadParams(unetParamShapes(p.unet), async n=>hashedParameter('u',n,unetParamShapes(p.unet).get(n)??[]));
const z=tf.randomNormal([1,s,s,4]) as tf.Tensor4D; const x=tf.randomNormal([1,4*s,4*s,3]) as tf.Tensor4D; const lq=tf.randomNormal([1,s,s,3]) as tf.Tensor4D;
for (const [what,f] of [['encode',()=>encode(ae,p.autoencoder,x)],['unet',()=>unetSwin(un,p.unet,z,[14],lq)],['decode',()=>decode(ae,p.autoencoder,z)]] as const) {
  f().dispose(); const base=tf.memory().numBytes;
  let r:tf.Tensor|undefined; const t0=performance.now(); const info=await tf.profile(()=>{r=f();return r}); const ms=performance.now()-t0; r?.dispose();
  const by=new Map<string,number>(); for(const k of info.kernels){ by.set(k.name,(by.get(k.name)??0)+Number(await k.kernelTimeMs)); }
  console.log(what,Math.round(ms)+'ms', 'peak MB', ((info.peakBytes-base)/2**20).toFixed(0), info.kernels.length, [...by].sort((a,b)=>b[1]-a[1]).slice(0,9).map(([k,v])=>k+' '+v.toFixed(0)).join(', '));
}
process.exit(0)
