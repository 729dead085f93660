import { cloudContract } from '../cloud/contract/contract.ts'
import { qemuBench } from '../cloud/contract/qemu-bench.ts'

cloudContract('on QEMU', qemuBench)
