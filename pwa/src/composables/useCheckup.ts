// One checkup after the other, and what to hand on of it.
import { computed, type ComputedRef, onScopeDispose, ref, type Ref, shallowRef, type ShallowRef } from 'vue'
import { browserEnvironment, type Environment } from '../call/environment'
import { Checkup, type Findings } from '../doctor/checkup'

export function useCheckup(environment: Environment = browserEnvironment()): {
  findings: ShallowRef<Findings>
  running: ComputedRef<boolean>
  asking: Ref<boolean>
  again: () => void
  askForMedia: () => Promise<void>
} {
  const begin = () => new Checkup(environment, next => { findings.value = next })
  let checkup = begin()
  const findings = shallowRef(checkup.findings)
  const asking = ref(false)
  onScopeDispose(() => checkup.dispose())
  void checkup.run()

  function again(): void {
    checkup.dispose()
    checkup = begin()
    findings.value = checkup.findings
    void checkup.run()
  }

  async function askForMedia(): Promise<void> {
    asking.value = true
    await checkup.askForMedia()
    asking.value = false
  }

  return { findings, running: computed(() => findings.value.verdict === null), asking, again, askForMedia }
}
