import type { argon2 as Argon2 } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { hashPassword, isPassword } from './password.ts'

const work = vi.hoisted(() => ({ running: 0, most: 0 }))
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>()
  const argon2: typeof Argon2 = (algorithm, parameters, done) => {
    real.argon2(algorithm, parameters, (error, tag) => {
      work.running--
      done(error, tag)
    })
    work.most = Math.max(work.most, ++work.running)
  }
  return { ...real, argon2 }
})

test('a password is the one that was kept, however its accents are written, and no other is', async () => {
  const kept = await hashPassword('contraseña larga'.normalize('NFC'))
  expect(await isPassword('contraseña larga'.normalize('NFD'), kept)).toBe(true)
  expect(await isPassword('contrasena larga', kept)).toBe(false)
  expect(await isPassword('contraseña larga', 'no hash at all')).toBe(false)
})

test('a crowd’s passwords are looked at one after the other, also behind one that cannot be', async () => {
  const kept = await hashPassword('the right one')
  work.most = 0
  const broken = isPassword('x', kept.replace('p=1', 'p=0'))
  const answers = Promise.all(['the right one', 'a wrong one', 'another'].map((password) => isPassword(password, kept)))
  await expect(broken).rejects.toThrow()
  expect(await answers).toEqual([true, false, false])
  expect(work.most).toBe(1)
})
