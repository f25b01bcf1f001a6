// Another seed in every run, so that the machine goes on looking; PROPERTY_SEED=… repeats one.

/** Stands in the test's name. fast-check prints it, too, with the case that it has shrunk a failure to. */
export function propertySeed(): number {
  const given = Number(import.meta.env['PROPERTY_SEED'])
  return Number.isInteger(given) && given !== 0 ? given : 1 + Math.floor(Math.random() * 0x7fff_fffe)
}
