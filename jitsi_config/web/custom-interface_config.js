// Appended by the web image to interface_config.js. Names and marks are the school's, not Jitsi's.
interfaceConfig.APP_NAME = 'Darasa';
interfaceConfig.NATIVE_APP_NAME = 'Darasa';
interfaceConfig.PROVIDER_NAME = 'Darasa';
interfaceConfig.SHOW_JITSI_WATERMARK = false;
interfaceConfig.SHOW_WATERMARK_FOR_GUESTS = false;
interfaceConfig.SHOW_BRAND_WATERMARK = false;
interfaceConfig.SHOW_POWERED_BY = false;
interfaceConfig.SHOW_PROMOTIONAL_CLOSE_PAGE = false;
interfaceConfig.SHOW_CHROME_EXTENSION_BANNER = false;
interfaceConfig.MOBILE_APP_PROMO = false;
interfaceConfig.HIDE_INVITE_MORE_HEADER = true;
interfaceConfig.DISABLE_JOIN_LEAVE_NOTIFICATIONS = false;
interfaceConfig.RECENT_LIST_ENABLED = false;
