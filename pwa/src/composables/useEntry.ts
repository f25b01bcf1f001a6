// The form of the home page: which room is meant, what is wrong with the input, and the way in.
import { computed, reactive, ref, shallowRef } from 'vue'
import { useRouter } from 'vue-router'
import type { Problem } from '../call/view'
import { isGuessable } from '../lib/guessable'
import { parseRoomInput } from '../lib/link'
import { checkName } from '../lib/name'
import { makeRoom, type NewRoom } from '../lib/rooms'
import { useSoundUnlock } from './useRinger'
import { useSessions } from './useSessions'
import { useStored } from './useStored'

export const defaultCapacity = 2

export function useEntry() {
  const sessions = useSessions()
  const unlockSound = useSoundUnlock()
  const router = useRouter()
  const name = useStored('yodel.name')
  const form = reactive({ room: '', passcode: '', capacity: defaultCapacity })
  const busy = ref(false)
  const problem = shallowRef<Problem | null>(null)

  const input = computed(() => parseRoomInput(form.room))
  const chosen = computed(() => form.passcode !== '' || form.capacity !== defaultCapacity)
  const guessable = computed(() => input.value.kind === 'room' && form.passcode === '' && isGuessable(input.value.room))

  function refuse(code: string): void {
    problem.value = { code, ways: [] }
  }

  /** Joins in the tap where the room is known; otherwise the room is made first. */
  async function enter(): Promise<void> {
    unlockSound() // first of all: the tap counts only for a moment
    problem.value = null
    const wrongName = checkName(name.value)
    if (input.value.kind === 'invalid') return refuse('room-invalid')
    if (wrongName !== null) return refuse(wrongName)
    if (input.value.kind === 'room' && !chosen.value) return go(input.value.room)
    busy.value = true
    const made = await makeRoom(newRoom())
    busy.value = false
    if (made.ok) await go(made.value.room)
    else problem.value = made.problem
  }

  function newRoom(): NewRoom {
    return {
      ...(input.value.kind === 'room' ? { room: input.value.room } : {}),
      ...(form.passcode === '' ? {} : { passcode: form.passcode }),
      ...(form.capacity === defaultCapacity ? {} : { callCapacity: form.capacity }),
    }
  }

  async function go(room: string): Promise<void> {
    void sessions.prepare(room).join({ name: name.value.trim(), ...(form.passcode === '' ? {} : { passcode: form.passcode }) })
    await router.push({ name: 'room', params: { room } })
  }

  return { name, form, busy, problem, input, guessable, enter }
}
