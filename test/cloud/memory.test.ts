import { cloudContract } from './contract/contract.ts'
import { memoryBench } from './contract/memory-bench.ts'

cloudContract('in memory', memoryBench)
