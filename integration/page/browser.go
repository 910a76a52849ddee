package main

import (
	"context"
	"errors"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const patience = 30 * time.Second // for one tab

// look is how a tab shows the page.
type look struct {
	width    int64
	dark     bool
	noScript bool
}

// openBrowser starts Chromium, which ends with the context or the returned function.
func openBrowser(ctx context.Context) (context.Context, func(), error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		return nil, nil, errors.New("chromium is missing: install it with apt-get update && apt-get install -y --no-install-recommends chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("hide-scrollbars", true))
	allocator, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	browser, cancel := chromedp.NewContext(allocator)
	stop := func() { cancel(); cancelAllocator() }
	if err := chromedp.Do(browser); err != nil {
		stop()
		return nil, nil, err
	}
	return browser, stop, nil
}

// openTab opens the address in a new tab.
func openTab(browser context.Context, address string, l look) (context.Context, func(), error) {
	tab, cancelTab := chromedp.NewContext(browser)
	tab, cancelTime := context.WithTimeout(tab, patience)
	stop := func() { cancelTime(); cancelTab() }
	theme := "light"
	if l.dark {
		theme = "dark"
	}
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	}); err != nil {
		return tab, stop, err
	}
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript}); err != nil {
		return tab, stop, err
	}
	err := chromedp.Do(tab, chromedp.EmulateViewport(l.width, 900), chromedp.Navigate(address))
	return tab, stop, err
}
