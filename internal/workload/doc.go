// Package workload is the connection to what runs containers on this host. So
// far that is a Docker engine, or what speaks its API (Podman).
//
// [Endpoints] says where an engine may be, in the order in which Docker's own
// command line looks; [Connect] takes the first that answers. [Docker] then asks
// the few questions that Bulwark has.
//
// # Promises
//
// Nothing is changed in an engine: every request is a GET. Every answer has a
// limit of size and, but for an export, of time. Redirects are not followed. An
// image's name is checked before it becomes part of a URL. An error says which
// endpoint it comes from, why that one was chosen, and what can be done.
//
// # What it does not do
//
// It starts no program, so an endpoint "ssh://…" is refused by name. It reads no
// credentials but the TLS material of an endpoint.
package workload
