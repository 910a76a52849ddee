// Package copies holds only tests. They copy the examples out of the repository
// and build them there, as their readers do.
package copies
