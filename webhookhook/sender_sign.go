package webhookhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers and the key's prefix of Standard Webhooks.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
	keyPrefix       = "whsec_"
)

// newID returns an id for a message that no other has.
func newID() string { return "msg_" + rand.Text() }

// sign sets the headers that identify an attempt, and its signature if there
// are keys. The id stays the same for all attempts; time and signature do not,
// as a receiver refuses what is old.
func sign(h http.Header, id string, now time.Time, body []byte, keys [][]byte) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	h.Set(headerID, id)
	h.Set(headerTimestamp, timestamp)
	if len(keys) == 0 {
		return
	}
	signatures := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	h.Set(headerSignature, strings.Join(signatures, " "))
}
