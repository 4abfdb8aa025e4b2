/** Every kernel of ours against stock ops: values and gradients, as cut for software adapters and for GPUs. */
import { checkKernels } from '../../../tests/kernels/check.ts';

// As cut for GPUs they take this adapter's compiler a long time: kernels-on-swiftshader.gpu.test.ts has them all.
await checkKernels('the adapter that is found', { tiled: /with a residual/ });
