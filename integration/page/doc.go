// Command page drives the live page of uihook in a real browser. Its tests look at
// every part, in both themes, on a phone, with the keyboard alone and without scripts.
// They also open the page that examples/quickstart serves on a terminal.
// The program itself takes the pictures of docs/page.md:
//
//	GOWORK=off go -C integration run ./page -out ../docs
//
// Both need Chromium, Debian's package chromium.
package main
