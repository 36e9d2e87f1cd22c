// Appended by the web image to Jitsi Meet's config.js: our deployment's defaults, for every browser and app.
// What a person's network or role wants differently, Darasa overrides in the iframe; what is no iframe option is here.

// A school's lesson is nobody else's business: no pictures by e-mail hash, no analytics, no foreign STUN.
config.disableThirdPartyRequests = true;
config.analytics = { disabled: true };
config.enableCalendarIntegration = false;
config.doNotStoreRoom = true;
config.p2p = { enabled: false, stunServers: [] };

// Recordings are Darasa's: it asks for them, tells everybody, and hides whom the token says.
config.hiddenDomain = 'hidden.meet.jitsi';
config.hiddenFromRecorderFeatureEnabled = true;
config.recordingService = { enabled: true, sharingEnabled: false, hideStorageWarning: true };
config.localRecording = { disable: true, notifyAllParticipants: true, disableSelfRecording: true };
config.liveStreaming = { enabled: false };
config.transcription = { enabled: false, disableClosedCaptions: true };
config.dropbox = undefined;

// Doors, breakout rooms, polls, boards, chat, hands and reactions are Darasa's too. Tokens let nobody write in Jitsi's
// chat; here its button is gone as well, with those of hands and reactions, which nobody outside Jitsi would see.
config.toolbarButtons = [
    'camera', 'desktop', 'filmstrip', 'fullscreen', 'hangup', 'microphone', 'mute-everyone', 'mute-video-everyone',
    'noisesuppression', 'participants-pane', 'recording', 'security', 'select-background', 'settings', 'shareaudio',
    'shortcuts', 'stats', 'tileview', 'toggle-camera', 'videoquality'
];
config.disableReactions = true;
config.welcomePage = { disabled: true };
config.enableClosePage = false;
config.prejoinConfig = { enabled: false };
config.disableInviteFunctions = true;
config.disableDeepLinking = true;
config.hideAddRoomButton = true;
config.breakoutRooms = { hideAddRoomButton: true, hideAutoAssignButton: true, hideJoinRoomButton: true };
config.disablePolls = true;
config.whiteboard = { enabled: false };
config.disableProfile = true;
config.readOnlyName = true;
config.securityUi = { hideLobbyButton: true, disableLobbyPassword: true };
config.lobby = { autoKnock: true, enableChat: false };
config.participantsPane = { hideModeratorSettingsTab: false, hideMoreActionsButton: false, hideMuteAllButton: false };
config.remoteVideoMenu = { disabled: false, disableGrantModerator: true, disablePrivateChat: true };

// Weak networks first: layers of a picture, what is on stage, and nothing that nobody sees.
config.disableSimulcast = false;
config.enableLayerSuspension = true;
config.channelLastN = 12;
config.startLastN = 4;
config.maxFullResolutionParticipants = 1;
config.videoQuality = Object.assign(config.videoQuality || {}, {
    codecPreferenceOrder: [ 'VP9', 'VP8', 'H264', 'AV1' ],
    mobileCodecPreferenceOrder: [ 'VP8', 'VP9', 'H264', 'AV1' ],
    enableAdaptiveMode: true
});
config.enableOpusRed = true;
config.disableAudioLevels = false;
config.enableNoisyMicDetection = true;

// Whose school is near which bridges, Darasa says with its overrides, for addresses that nginx has in no line. Jitsi
// itself takes no `deploymentInfo` from there, so it is read here; in the app there is no page and nothing to read.
try {
    const said = location.hash.match(/[#&]config\.deploymentInfo=([^&]*)/);
    const region = said ? JSON.parse(decodeURIComponent(said[1])).userRegion : '';
    if (/^[a-z0-9][a-z0-9-]{0,59}$/.test(region)) {
        config.deploymentInfo = Object.assign(config.deploymentInfo || {}, { userRegion: region });
    }
} catch (_) {
    // The region of the machine then.
}

// A token runs out; the page brings a new one. The browser shall not leave for a sign-in of its own.
config.tokenAuthUrl = undefined;
config.enableForcedReload = false;

// Each school's own name, logo and colour; Darasa answers, by the name of the room.
config.brandingDataUrl = '/jitsi/branding';
