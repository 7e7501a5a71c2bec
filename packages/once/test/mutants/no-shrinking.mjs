import { configureGlobal } from 'fast-check'

// A counterexample is proof enough, be it large; making it small takes longer than finding it.
configureGlobal({ endOnFailure: true })
